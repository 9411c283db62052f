//! Which conference a meeting gets, and who gets into it.

use clap::Args;

use crate::conference::{Access, ConferenceOptions, IdChoice, Passcode, PasscodeChoice, Promotion};
use crate::error::{Error, Result};

/// Flags for the conference.
#[derive(Args, Debug, Default)]
#[group(id = "conference", multiple = true)]
#[command(next_help_heading = "Conference")]
pub struct ConferenceArgs {
    /// assigned: the Conference ID that is always yours; new: one for this meeting alone
    ///
    /// A conference call uses the assigned one unless told otherwise, a Live Meeting or an
    /// online meeting always gets a new one.
    #[arg(long, value_name = "assigned|new", hide_possible_values = true)]
    pub id: Option<IdChoice>,
    /// open: everybody in the organisation; closed: the invited; anonymous: everybody with the details
    ///
    /// locked, on Lync and later: only you and the presenters, everybody else waits in the lobby.
    /// Phone callers need 'anonymous' on Office Communications Server, which is why dial-in brings it.
    #[arg(
        long,
        value_name = "open|closed|anonymous|locked",
        hide_possible_values = true
    )]
    access: Option<Access>,
    /// auto: random digits where they are needed; none; or digits of your own
    #[arg(long, value_name = "auto|none|DIGITS")]
    passcode: Option<String>,
    /// Let people join by phone [default: where your policy allows it, or as it was]
    #[arg(long, conflicts_with = "no_dial_in")]
    dial_in: bool,
    /// Nobody may join by phone
    #[arg(long, conflicts_with = "region")]
    no_dial_in: bool,
    /// Dial-in region whose numbers come first [default: yours, or as it was]
    #[arg(long, value_name = "NAME")]
    region: Option<String>,
    /// Who else becomes a presenter on joining (Lync and later)
    #[arg(
        long,
        value_name = "nobody|company|everyone",
        hide_possible_values = true
    )]
    promote: Option<Promotion>,
    /// Whether phone callers skip the lobby (Lync and later) [default: yes, or as it was]
    #[arg(long, value_name = "yes|no", value_parser = yes_or_no)]
    lobby_bypass: Option<bool>,
}

impl ConferenceArgs {
    /// What was said about who gets in.
    pub fn options(&self) -> Result<ConferenceOptions> {
        Ok(ConferenceOptions {
            access: self.access,
            passcode: self.passcode.as_deref().map(passcode).transpose()?,
            // Who names a region wants people to dial in.
            dial_in: match self.dial_in || self.region.is_some() {
                true => Some(true),
                false => self.no_dial_in.then_some(false),
            },
            region: self.region.clone(),
            promotion: self.promote,
            lobby_bypass: self.lobby_bypass,
        })
    }
}

/// `auto`, `none`, or digits.
fn passcode(text: &str) -> Result<PasscodeChoice> {
    match text {
        "auto" => Ok(PasscodeChoice::Auto),
        "none" => Ok(PasscodeChoice::None),
        digits => {
            let passcode = Passcode::parse(digits).map_err(|error| {
                Error::usage(format!("--passcode: {error}"))
                    .hint("'auto' makes a random one where one is needed, 'none' makes none")
            })?;
            Ok(PasscodeChoice::Given(passcode))
        }
    }
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" | "on" | "true" => Ok(true),
        "no" | "off" | "false" => Ok(false),
        _ => Err("expected yes or no".to_owned()),
    }
}
