//! Names of the languages that dial-in numbers speak.

/// `English (US)` for `en-US`; a tag whose language is not in the list stands for itself.
pub(super) fn name(tag: &str) -> String {
    let (language, region) = match tag.split_once('-') {
        Some((language, region)) => (language, Some(region)),
        None => (tag, None),
    };
    let known = LANGUAGES
        .iter()
        .find(|(code, _)| code.eq_ignore_ascii_case(language));
    match (known, region) {
        (Some((_, name)), Some(region)) => format!("{name} ({region})"),
        (Some((_, name)), None) => (*name).to_owned(),
        (None, _) => tag.to_owned(),
    }
}

/// ISO 639-1 codes of the languages that conferencing attendants of the product line speak, and of
/// their neighbours.
const LANGUAGES: [(&str, &str); 35] = [
    ("ar", "Arabic"),
    ("bg", "Bulgarian"),
    ("ca", "Catalan"),
    ("cs", "Czech"),
    ("cy", "Welsh"),
    ("da", "Danish"),
    ("de", "German"),
    ("el", "Greek"),
    ("en", "English"),
    ("es", "Spanish"),
    ("et", "Estonian"),
    ("fi", "Finnish"),
    ("fr", "French"),
    ("he", "Hebrew"),
    ("hr", "Croatian"),
    ("hu", "Hungarian"),
    ("id", "Indonesian"),
    ("it", "Italian"),
    ("ja", "Japanese"),
    ("ko", "Korean"),
    ("lt", "Lithuanian"),
    ("lv", "Latvian"),
    ("nb", "Norwegian"),
    ("nl", "Dutch"),
    ("pl", "Polish"),
    ("pt", "Portuguese"),
    ("ro", "Romanian"),
    ("ru", "Russian"),
    ("sk", "Slovak"),
    ("sl", "Slovenian"),
    ("sv", "Swedish"),
    ("th", "Thai"),
    ("tr", "Turkish"),
    ("uk", "Ukrainian"),
    ("zh", "Chinese"),
];
