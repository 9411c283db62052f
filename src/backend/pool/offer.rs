//! What the pool offers: provisioning and capabilities, asked for in one breath.

use std::time::{Duration, Instant};

use super::{Asked, Known, Ocs, version_of};
use crate::backend::pool::refusal;
use crate::conference::{AccessNumber, DialInOffer, Offer, Pages};
use crate::error::{Kind, Result};
use crate::net::http::printable;
use crate::proto::PRACTICE_POOL;
use crate::proto::c3p::{Answer, Capabilities, Command, Dialect, PstnBridging, Reason};
use crate::proto::provisioning::{self, Provisioning, Query};
use crate::proto::sip::Message;

/// How long the rest of the provisioning is waited for once everything else is there. (GUESS)
const LONGEST_NOTIFYING: Duration = Duration::from_millis(500);

impl Ocs {
    /// What the pool said of itself; asked for once a session.
    pub(super) fn get_known(&mut self) -> Result<&Known> {
        if self.known.is_none() {
            self.known = Some(self.ask_all()?);
        }
        // Filled a line above; the empty value only satisfies the compiler without a panic.
        Ok(self.known.get_or_insert_with(|| Known {
            offer: Offer::default(),
            mcu_types: Vec::new(),
        }))
    }

    /// Provisioning, capabilities and the Focus Factory's certificate do not depend on one another
    /// as long as the Focus Factory has its usual address, so all that is wanted goes out together.
    fn ask_all(&mut self) -> Result<Known> {
        let provisioning = self.subscribe();
        let capabilities = self.ask_capabilities();
        let seals = self.dialect < Dialect::Lync && self.expects_passcode;
        let key = seals.then(|| self.ask(Command::GetEncryptionKey));
        let (provisioning, capabilities, key) = match key {
            Some(key) => {
                let [first, second, third] =
                    self.session
                        .wait([provisioning, capabilities.ticket, key.ticket])?;
                (first, (capabilities, second), Some((key, third)))
            }
            None => {
                let [first, second] = self.session.wait([provisioning, capabilities.ticket])?;
                (first, (capabilities, second), None)
            }
        };
        let provisioning = self.read_all_provisioning(&provisioning)?;
        let (capabilities, key) = self.settle_address(&provisioning, capabilities, key)?;
        let capabilities = self.read_capabilities(&capabilities)?;
        if let Some((asked, answer)) = key {
            // Whether that is a trouble is seen when something is to be sealed.
            self.sealing_key = self.read_key(&asked, &answer);
        }
        self.session
            .step("learned policy, dial-in numbers and page addresses");
        let mut offer = self.offer_of(&provisioning, &capabilities);
        match offer.dial_in.leave_out_excess() {
            0 => {}
            many => self.report.warn(&format!(
                "The pool has {many} numbers more than a meeting has room for: of each region, the first are used."
            )),
        }
        Ok(Known {
            offer,
            mcu_types: capabilities.mcu_types,
        })
    }

    /// A pool may tell it in several notifications. What came by now counts, and where it lacks what was
    /// asked for a little more is waited for.
    fn read_all_provisioning(&mut self, first: &Message) -> Result<Provisioning> {
        if let (None, Some(code @ (404 | 489))) = (first.method(), first.code()) {
            let reason = printable(first.reason());
            self.report.warn(&format!(
                "The pool tells no settings of your account ({code} {reason}): its policy and settings page are not known."
            ));
            return Ok(Provisioning::default());
        }
        let mut provisioning = read_provisioning(first)?;
        // A document of its own is whole; notifications may each hold a part of a group.
        let mut in_parts = first.method().is_some();
        let end = Instant::now() + LONGEST_NOTIFYING;
        loop {
            let dial_in = provisioning.meeting_policy.enable_pstn_conferencing;
            let is_enough = provisioning.is_complete() && (!in_parts || dial_in.is_some());
            let until = if is_enough { Instant::now() } else { end };
            match self.session.next_notification(until)? {
                Some(more) => {
                    in_parts = true;
                    provisioning.update(read_provisioning(&more)?);
                }
                None => return Ok(provisioning),
            }
        }
    }

    fn subscribe(&mut self) -> crate::proto::exchange::Ticket {
        let user = self.session.account.user.clone();
        let message = Message::request("SUBSCRIBE", &user)
            .with("Event", provisioning::EVENT)
            .with("Accept", provisioning::CONTENT_TYPE)
            .with("Supported", "com.microsoft.autoextend")
            .with("Supported", "ms-benotify")
            .with("Proxy-Require", "ms-benotify")
            .with("Supported", "ms-piggyback-first-notify")
            .with("Expires", "0")
            .with_body(provisioning::CONTENT_TYPE, Query::default().encode());
        self.session.send("SUBSCRIBE", &user, message)
    }

    /// OCS 2007 knows no capabilities, only its kinds of media servers.
    fn ask_capabilities(&mut self) -> Asked {
        let command = match self.dialect {
            Dialect::Ocs2007 => Command::GetAvailableMcuTypes,
            _ => Command::GetConferencingCapabilities,
        };
        self.ask(command)
    }

    /// Asks again where the pool says the user's Focus Factory is, if that is elsewhere. Whose
    /// delegate the user is has one of his own, and the pool tells nothing of that.
    #[expect(
        clippy::type_complexity,
        reason = "two questions, each with its answer"
    )]
    fn settle_address(
        &mut self,
        provisioning: &Provisioning,
        capabilities: (Asked, Message),
        key: Option<(Asked, Message)>,
    ) -> Result<((Asked, Message), Option<(Asked, Message)>)> {
        let own = self.session.account.on_behalf_of.is_none();
        let told = provisioning.focus_factory_uri.as_deref();
        let moved = |told: &&str| own && !told.eq_ignore_ascii_case(&self.focus_factory);
        let Some(told) = told.filter(moved) else {
            return Ok((capabilities, key));
        };
        self.focus_factory = told.to_owned();
        let again = self.ask_capabilities();
        if key.is_none() {
            let [answer] = self.session.wait([again.ticket])?;
            return Ok(((again, answer), None));
        }
        let key = self.ask(Command::GetEncryptionKey);
        let [answer, sealed_for] = self.session.wait([again.ticket, key.ticket])?;
        Ok(((again, answer), Some((key, sealed_for))))
    }

    /// A server that refuses the question is an OCS 2007 ([MS-CONFPRO] 2.2.3.8, note 15).
    fn read_capabilities(&mut self, (asked, answer): &(Asked, Message)) -> Result<Capabilities> {
        const DOING: &str = "asking what the pool offers";
        let unknown = matches!(answer.code(), Some(400 | 405 | 501));
        if unknown && asked.request.command == Command::GetConferencingCapabilities {
            self.dialect = Dialect::Ocs2007;
            let types = self.call(Command::GetAvailableMcuTypes, DOING)?;
            return capabilities_of(types, DOING);
        }
        capabilities_of(self.understand(&asked.request, answer, DOING)?, DOING)
    }

    fn offer_of(&self, provisioning: &Provisioning, capabilities: &Capabilities) -> Offer {
        let policy = &provisioning.meeting_policy;
        Offer {
            organization: provisioning.organization.clone(),
            user_name: self.session.registration.display_name.clone(),
            anonymous: capabilities
                .anonymous_scheduling
                .or(policy.allow_anonymous_participants),
            dial_in: dial_in_of(
                capabilities.pstn_bridging.as_ref(),
                policy.enable_pstn_conferencing,
                provisioning.uc_location_profile.as_deref(),
            ),
            pages: self.pages_of(provisioning, capabilities.pstn_bridging.as_ref()),
            practice: self.session.registration.target == PRACTICE_POOL,
            meeting_size: policy.meeting_size,
        }
    }

    fn pages_of(&self, provisioning: &Provisioning, bridging: Option<&PstnBridging>) -> Pages {
        let server = self.session.registration.server.as_deref();
        let version = server.and_then(version_of).map(|(major, _)| major);
        let mut refused: Vec<String> = Vec::new();
        let mut page = |version, told: Option<&str>| {
            let told = told.filter(|told| !told.trim().is_empty())?;
            let page = provisioning::dial_in_page(version, told);
            if page.is_none() && !refused.iter().any(|known| known == told) {
                refused.push(told.to_owned());
            }
            page
        };
        // The second of each are the page's own addresses, but no less foreign.
        let external = page(version, provisioning.cwa_external_uri.as_deref())
            .or_else(|| page(None, bridging?.external_url.as_deref()));
        let internal = page(version, provisioning.cwa_internal_uri.as_deref())
            .or_else(|| page(None, bridging?.internal_url.as_deref()));
        for told in refused {
            self.report.warn(&format!(
                "The pool names '{}' as its settings page, which is not used: expected an https:// address.",
                printable(&told)
            ));
        }
        Pages {
            configured: self.session.account.settings_page.clone(),
            external,
            // Whoever came through an Edge server is outside and can't reach it.
            internal: internal.filter(|_| !self.session.registration.remote),
        }
    }
}

fn read_provisioning(answer: &Message) -> Result<Provisioning> {
    const DOING: &str = "asking for the settings of your account";
    if answer.method().is_none() && !matches!(answer.code(), Some(200..300)) {
        return Err(refusal::of_answer(answer, DOING, Kind::Refused));
    }
    Provisioning::decode(&answer.body).map_err(|error| {
        crate::error::Error::new(
            Kind::Unreachable,
            format!("{DOING}: the pool's answer makes no sense: {error}"),
        )
    })
}

fn capabilities_of(outcome: Result<Answer, Reason>, doing: &str) -> Result<Capabilities> {
    match outcome {
        Ok(Answer::GetConferencingCapabilities(capabilities)) => Ok(capabilities),
        Ok(Answer::GetAvailableMcuTypes(mcu_types)) => Ok(Capabilities {
            mcu_types,
            ..Capabilities::default()
        }),
        Ok(_) => Ok(Capabilities::default()),
        Err(reason) => Err(refusal::of_reason(&reason, doing)),
    }
}

/// Dial-in must be on at the pool and in the user's policy; a policy that is silent allows it.
fn dial_in_of(
    bridging: Option<&PstnBridging>,
    policy: Option<bool>,
    location: Option<&str>,
) -> DialInOffer {
    let Some(bridging) = bridging else {
        // No word of policy: the pool is too old, or has no numbers.
        return DialInOffer {
            allowed: policy.unwrap_or(true),
            ..DialInOffer::default()
        };
    };
    let mut numbers = Vec::new();
    for region in &bridging.regions {
        numbers.extend(region.numbers.iter().map(|number| AccessNumber {
            display: number.number.clone(),
            region: region.name.clone(),
            languages: number.languages.clone(),
        }));
    }
    // On 2007 R2 the region follows from the user's location profile, which names one [INF].
    let named = |name: &&str| bridging.regions.iter().any(|region| region.name == *name);
    let default_region = bridging
        .default_region
        .as_deref()
        .filter(named)
        .or_else(|| location.filter(named));
    DialInOffer {
        allowed: bridging.enabled && policy.unwrap_or(true),
        default_region: default_region.map(str::to_owned),
        numbers,
    }
}
