//! Names of the languages that dial-in numbers speak, as CLDR has them.

use crate::conference::Language;

/// `English (US)` for `en-US`; a tag whose language is not in the list stands for itself.
pub(super) fn name(tag: &str, language: Language) -> String {
    let (code, region) = match tag.split_once('-') {
        Some((code, region)) => (code, Some(region)),
        None => (tag, None),
    };
    let known = LANGUAGES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(code));
    match (known, region) {
        (Some((_, names)), Some(region)) => format!("{} ({region})", one(names, language)),
        (Some((_, names)), None) => one(names, language).to_owned(),
        (None, _) => tag.to_owned(),
    }
}

fn one(names: &Names, language: Language) -> &'static str {
    let [en, cs, de, fr, es, ja] = *names;
    match language {
        Language::English => en,
        Language::Czech => cs,
        Language::German => de,
        Language::French => fr,
        Language::Spanish => es,
        Language::Japanese => ja,
    }
}

/// In English, Czech, German, French, Spanish, Japanese.
type Names = [&'static str; 6];

/// ISO 639-1 codes of the languages that conferencing attendants of the product line speak, and of
/// their neighbours.
#[rustfmt::skip]
const LANGUAGES: [(&str, Names); 35] = [
    ("ar", ["Arabic", "arabština", "Arabisch", "arabe", "árabe", "アラビア語"]),
    ("bg", ["Bulgarian", "bulharština", "Bulgarisch", "bulgare", "búlgaro", "ブルガリア語"]),
    ("ca", ["Catalan", "katalánština", "Katalanisch", "catalan", "catalán", "カタロニア語"]),
    ("cs", ["Czech", "čeština", "Tschechisch", "tchèque", "checo", "チェコ語"]),
    ("cy", ["Welsh", "velština", "Walisisch", "gallois", "galés", "ウェールズ語"]),
    ("da", ["Danish", "dánština", "Dänisch", "danois", "danés", "デンマーク語"]),
    ("de", ["German", "němčina", "Deutsch", "allemand", "alemán", "ドイツ語"]),
    ("el", ["Greek", "řečtina", "Griechisch", "grec", "griego", "ギリシャ語"]),
    ("en", ["English", "angličtina", "Englisch", "anglais", "inglés", "英語"]),
    ("es", ["Spanish", "španělština", "Spanisch", "espagnol", "español", "スペイン語"]),
    ("et", ["Estonian", "estonština", "Estnisch", "estonien", "estonio", "エストニア語"]),
    ("fi", ["Finnish", "finština", "Finnisch", "finnois", "finés", "フィンランド語"]),
    ("fr", ["French", "francouzština", "Französisch", "français", "francés", "フランス語"]),
    ("he", ["Hebrew", "hebrejština", "Hebräisch", "hébreu", "hebreo", "ヘブライ語"]),
    ("hr", ["Croatian", "chorvatština", "Kroatisch", "croate", "croata", "クロアチア語"]),
    ("hu", ["Hungarian", "maďarština", "Ungarisch", "hongrois", "húngaro", "ハンガリー語"]),
    ("id", ["Indonesian", "indonéština", "Indonesisch", "indonésien", "indonesio", "インドネシア語"]),
    ("it", ["Italian", "italština", "Italienisch", "italien", "italiano", "イタリア語"]),
    ("ja", ["Japanese", "japonština", "Japanisch", "japonais", "japonés", "日本語"]),
    ("ko", ["Korean", "korejština", "Koreanisch", "coréen", "coreano", "韓国語"]),
    ("lt", ["Lithuanian", "litevština", "Litauisch", "lituanien", "lituano", "リトアニア語"]),
    ("lv", ["Latvian", "lotyština", "Lettisch", "letton", "letón", "ラトビア語"]),
    ("nb", ["Norwegian", "norština", "Norwegisch", "norvégien", "noruego", "ノルウェー語"]),
    ("nl", ["Dutch", "nizozemština", "Niederländisch", "néerlandais", "neerlandés", "オランダ語"]),
    ("pl", ["Polish", "polština", "Polnisch", "polonais", "polaco", "ポーランド語"]),
    ("pt", ["Portuguese", "portugalština", "Portugiesisch", "portugais", "portugués", "ポルトガル語"]),
    ("ro", ["Romanian", "rumunština", "Rumänisch", "roumain", "rumano", "ルーマニア語"]),
    ("ru", ["Russian", "ruština", "Russisch", "russe", "ruso", "ロシア語"]),
    ("sk", ["Slovak", "slovenština", "Slowakisch", "slovaque", "eslovaco", "スロバキア語"]),
    ("sl", ["Slovenian", "slovinština", "Slowenisch", "slovène", "esloveno", "スロベニア語"]),
    ("sv", ["Swedish", "švédština", "Schwedisch", "suédois", "sueco", "スウェーデン語"]),
    ("th", ["Thai", "thajština", "Thailändisch", "thaï", "tailandés", "タイ語"]),
    ("tr", ["Turkish", "turečtina", "Türkisch", "turc", "turco", "トルコ語"]),
    ("uk", ["Ukrainian", "ukrajinština", "Ukrainisch", "ukrainien", "ucraniano", "ウクライナ語"]),
    ("zh", ["Chinese", "čínština", "Chinesisch", "chinois", "chino", "中国語"]),
];
