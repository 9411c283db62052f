//! Japanese.

use jiff::civil::Date;

use crate::conference::{Days, Kind, Language, Nth, Pattern, Until};
use crate::invitation::words::{CardWords, Fences, Labels, Sentences, Times, Words, weekday};

pub(super) static WORDS: Words = Words {
    language: Language::Japanese,
    labels: Labels {
        colon: ":",
        when: "日時",
        repeats: "繰り返し",
        except: "除外日",
        only: "対象",
        this_occurrence: "定期的な会議のうち、この回のみ",
        instead_of: "変更前",
        organizer: "開催者",
        sent_by: "代理送信者",
        required: "必須出席者",
        optional: "任意出席者",
        room: "会議室",
        presenter: "発表者",
        cancelled: "キャンセル済み",
        for_practice: "練習用",
        practice_notice: "これは練習用の会議です。電話番号は架空のものです。",
        live_meeting: "Live Meeting 会議",
        conference_call: "電話会議",
        join_live_meeting: "Live Meeting 会議に参加する",
        join_conference_call: "電話を使わずに Communicator で電話会議に参加する",
        join_communicator: "Communicator で参加する",
        join_web: "Web ブラウザーから参加する",
        web_browser: "Web ブラウザー",
        or_copy: "または次のリンクをコピーしてください",
        computer_audio: "コンピューターの音声で参加",
        headset: "ヘッドセット、またはスピーカーとマイクをお使いください。",
        telephone: "電話で参加",
        number: "電話番号",
        region: "地域",
        languages: "言語",
        conference_id: "会議 ID",
        passcode: "パスコード",
        mobile: "携帯電話から",
        local_numbers: "お近くの電話番号と PIN",
        by_hand: "リンクが開かない場合は、次の内容を入力してください",
        meeting_id: "ミーティング ID",
        entry_code: "入室コード",
        the_passcode: "パスコードと同じ",
        location: "場所",
        keypad: "通話中のキー操作",
        help: "ヘルプ",
        legal: "法的情報",
    },
    card: CardWords {
        call: "電話番号",
        inside: "国内から",
        abroad: "国外から",
        aloud: "読み上げ用",
        no_numbers: "電話番号はありません。",
        scan_to_call: "スキャンして電話",
        scan_to_join: "スキャンして参加",
    },
    fences: Fences {
        begin: "==== 参加方法 (confctl) =======================================",
        end: "==== 参加方法ここまで (confctl) ===============================",
    },
    cancelled: "キャンセル済み: ",
    comma: "、",
    sentences: Sentences {
        invites: |from, kind| match kind {
            Kind::LiveMeeting => format!("{from} さんから Live Meeting 会議への招待です。"),
            Kind::ConferenceCall => format!("{from} さんから電話会議への招待です。"),
        },
        has_cancelled: |from, kind| match kind {
            Kind::LiveMeeting => {
                format!("{from} さんがこの Live Meeting 会議をキャンセルしました。")
            }
            Kind::ConferenceCall => format!("{from} さんがこの電話会議をキャンセルしました。"),
        },
        withdraws: |from, kind| match kind {
            Kind::LiveMeeting => format!(
                "{from} さんがこの Live Meeting 会議の出席者からあなたを外しました。出席の必要はありません。"
            ),
            Kind::ConferenceCall => format!(
                "{from} さんがこの電話会議の出席者からあなたを外しました。出席の必要はありません。"
            ),
        },
        call: |end| match end {
            "" => "次の番号に電話をかけ、会議 ID を入力してください。".to_owned(),
            end => format!("次の番号に電話をかけ、会議 ID に続けて {end} を押してください。"),
        },
        more_numbers: |more| format!("ほか {more} 件の電話番号と PIN"),
        more_numbers_ask: |more| {
            format!("ほかに {more} 件の電話番号があります。開催者にお尋ねください")
        },
        more_people: |more| format!("ほか {more} 名"),
        keys: [
            "操作の一覧を聞く",
            "参加者の名前を聞く",
            "自分のマイクをミュートまたは解除する",
            "ほかの参加者をミュートまたは解除する (発表者)",
            "会議をロックまたは解除する (発表者)",
            "入退室のアナウンスをオンまたはオフにする (発表者)",
        ],
    },
    times: Times {
        day,
        gap: " ",
        dash: "～",
        suffix: "",
        zone_gap: " ",
        ends_in: "、終了時は ",
    },
    pattern,
    rule: "次の規則による:",
};

const WEEKDAYS: [&str; 7] = [
    "月曜日",
    "火曜日",
    "水曜日",
    "木曜日",
    "金曜日",
    "土曜日",
    "日曜日",
];

fn day(date: Date) -> String {
    let (year, month, day) = (date.year(), date.month(), date.day());
    let weekday = weekday(&WEEKDAYS, date.weekday());
    format!("{year}年{month}月{day}日 ({weekday})")
}

fn pattern(pattern: &Pattern) -> String {
    let every = |one: &str, many: &str| match pattern.every {
        1 => one.to_owned(),
        every => format!("{every}{many}、"),
    };
    let days = match &pattern.days {
        Days::Day if pattern.every == 1 => "毎日".to_owned(),
        Days::Day => format!("{}日ごと", pattern.every),
        Days::Working => every("毎週", "週間ごと") + "月曜日から金曜日",
        Days::Week(days) => {
            let days: Vec<&str> = days.iter().map(|day| weekday(&WEEKDAYS, *day)).collect();
            every("毎週", "週間ごと") + &days.join("、")
        }
        Days::Month(days) => {
            let days: Vec<String> = days.iter().map(|day| day_of_month(*day)).collect();
            every("毎月", "か月ごと") + &days.join("、")
        }
        Days::MonthNth(days) => every("毎月", "か月ごと") + &nth(days),
        Days::Year(day, month) => every("毎年", "年ごと") + &format!("{month}月{day}日"),
        Days::YearNth(days, month) => {
            every("毎年", "年ごと") + &format!("{month}月の{}", nth(days))
        }
    };
    days + &until(pattern.until)
}

fn day_of_month(day: i16) -> String {
    match day {
        -1 => "末日".to_owned(),
        day if day < 0 => format!("月末から数えて{}日目", -day),
        day => format!("{day}日"),
    }
}

fn nth(days: &[Nth]) -> String {
    let word = |day: &Nth| {
        let name = weekday(&WEEKDAYS, day.weekday);
        match day.nth {
            -1 => format!("最終{name}"),
            -2 => format!("最後から2番目の{name}"),
            nth => format!("第{nth}{name}"),
        }
    };
    let words: Vec<String> = days.iter().map(word).collect();
    words.join("、")
}

fn until(until: Until) -> String {
    match until {
        Until::Never => String::new(),
        Until::Times(times) => format!("、全{times}回"),
        Until::Day(last) => format!("、{}まで", day(last)),
    }
}
