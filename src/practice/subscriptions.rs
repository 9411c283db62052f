//! SUBSCRIBE: provisioning of the user's settings ([MS-SIPREGE] 2.2.2), and the roster of a focus.

use crate::practice::connection::{Connection, Reply};
use crate::practice::faults::{FaultKind, Occasion};
use crate::practice::spelling::Dimension;
use crate::practice::users::User;
use crate::practice::{ORGANIZATION, POOL_NAME, Pool};
use crate::proto::c3p::Dialect;
use crate::proto::provisioning::{self, MeetingPolicy, Provisioning, Query};
use crate::proto::sip::{Address, Message};

impl Connection {
    /// Answers a SUBSCRIBE.
    pub(super) fn subscribe(&mut self, user: &User, request: &Message) -> Reply {
        match request
            .header("Event")
            .unwrap_or_default()
            .to_ascii_lowercase()
            .as_str()
        {
            provisioning::EVENT => self.provision(user, request),
            "conference" => self.subscribe_to_focus(request),
            _ => self.answer(request, 489, "Bad Event").into(),
        }
    }

    fn provision(&mut self, user: &User, request: &Message) -> Reply {
        let accepts = request
            .all("Accept")
            .any(|value| value.contains(provisioning::CONTENT_TYPE));
        if !accepts || !request.carries(provisioning::CONTENT_TYPE) {
            return self.answer(request, 406, "Not Acceptable").into();
        }
        let Ok(query) = Query::decode(&request.body) else {
            return self.answer(request, 400, "Bad Request").into();
        };
        let occasion = Occasion {
            answer: self.answers() + 1,
            method: "SUBSCRIBE",
            command: "",
        };
        let several = self.pool.spelling.varies(Dimension::Notifications);
        if several || self.pool.faults.has(occasion, &FaultKind::Several) {
            return self.provision_piecemeal(user, request, &query);
        }
        let body = self.pool.settings(user, query);
        let later = self.pool.faults.of(occasion).find_map(|fault| match fault {
            FaultKind::Notify => Some("NOTIFY"),
            FaultKind::Benotify => Some("BENOTIFY"),
            _ => None,
        });
        let spoilt = self.pool.faults.has(occasion, &FaultKind::Spoil);
        let body = if spoilt {
            body[..body.len() / 2].to_vec()
        } else {
            body
        };
        match later {
            None => self
                .accept_subscription(request, "0")
                .with("ms-piggyback-cseq", "1")
                .with_body(provisioning::CONTENT_TYPE, body)
                .into(),
            Some(method) => {
                let answer = self.accept_subscription(request, "0");
                let notification = self
                    .notification(method, provisioning::EVENT, &answer, request)
                    .with_body(provisioning::CONTENT_TYPE, body);
                Reply {
                    message: answer,
                    after: vec![notification],
                    command: String::new(),
                }
            }
        }
    }

    /// Each group on its own, in the order of their names backwards, and one of nothing. What the policy
    /// says of dial-in and of size comes last.
    fn provision_piecemeal(&self, user: &User, request: &Message, query: &Query) -> Reply {
        let answer = self.accept_subscription(request, "0");
        let mut groups = query.groups.clone();
        groups.sort_by_key(|group| std::cmp::Reverse(group.to_ascii_lowercase()));
        let mut parts: Vec<(Query, Part)> = Vec::new();
        for group in groups {
            let query = |group: &String| Query {
                groups: vec![group.clone()],
            };
            if group.eq_ignore_ascii_case("meetingPolicy") {
                parts.push((query(&group), Part::WithoutLimits));
            }
            parts.push((query(&group), Part::Whole));
        }
        let notify = |(number, (query, part)): (usize, &(Query, Part))| {
            let body = self.pool.part_of_settings(user, query.clone(), *part);
            let mut notification =
                self.notification("BENOTIFY", provisioning::EVENT, &answer, request);
            notification.headers.retain(|header| !header.is("CSeq"));
            notification.add("CSeq", format!("{} BENOTIFY", number + 2));
            notification.with_body(provisioning::CONTENT_TYPE, body)
        };
        let after = parts.iter().enumerate().map(notify).collect();
        Reply {
            message: answer,
            after,
            command: String::new(),
        }
    }

    /// A 200 to a SUBSCRIBE, without a body so far.
    pub(super) fn accept_subscription(&self, request: &Message, expires: &str) -> Message {
        let state = if expires == "0" {
            "terminated"
        } else {
            "active"
        };
        let transport = self.transport;
        self.answer(request, 200, "OK")
            .with(
                "Contact",
                format!("<sip:{POOL_NAME};transport={transport}>"),
            )
            .with("Expires", expires)
            .with("Event", request.header("Event").unwrap_or_default())
            .with("subscription-state", format!("{state};expires={expires}"))
            .with("Supported", "ms-benotify, ms-piggyback-first-notify")
    }

    /// A request of the pool's own in the dialog that an answer opened.
    pub(super) fn notification(
        &self,
        method: &str,
        event: &str,
        answer: &Message,
        request: &Message,
    ) -> Message {
        let carrier = self.transport.as_str().to_uppercase();
        let contact = request.header("Contact").or(request.header("From"));
        let contact = Address::read(&contact.unwrap_or_default());
        Message::request(method, &contact.uri)
            .with(
                "Via",
                format!("SIP/2.0/{carrier} {POOL_NAME};branch=z9hG4bKnotify"),
            )
            .with("Max-Forwards", "70")
            .with("From", answer.header("To").unwrap_or_default())
            .with("To", request.header("From").unwrap_or_default())
            .with("Call-ID", request.header("Call-ID").unwrap_or_default())
            .with("CSeq", format!("2 {method}"))
            .with("Event", event)
            .with("subscription-state", "terminated;expires=0")
    }
}

/// How much of the settings a document holds.
#[derive(Clone, Copy)]
enum Part {
    Whole,
    WithoutLimits,
}

impl Pool {
    /// The document that answers a query.
    fn settings(&self, user: &User, query: Query) -> Vec<u8> {
        self.part_of_settings(user, query, Part::Whole)
    }

    fn part_of_settings(&self, user: &User, mut query: Query, part: Part) -> Vec<u8> {
        for fault in &self.faults.0 {
            if let FaultKind::NoGroup(name) = &fault.kind {
                query
                    .groups
                    .retain(|group| !group.eq_ignore_ascii_case(name));
            }
        }
        let mut provisioning = self.provisioning(user);
        if matches!(part, Part::WithoutLimits) {
            provisioning.meeting_policy.enable_pstn_conferencing = None;
            provisioning.meeting_policy.meeting_size = None;
        }
        let body = provisioning.encode(&query);
        if self.faults.has(Occasion::default(), &FaultKind::Large) {
            enlarge(&body)
        } else {
            body
        }
    }

    fn provisioning(&self, user: &User) -> Provisioning {
        let pages = self.pages();
        // Up to 2007 R2 the address is that of Communicator Web Access, whose page is below it.
        let base = |page: String| match self.dialect {
            Dialect::Lync => page,
            _ => page.trim_end_matches("/dialin").to_owned(),
        };
        Provisioning {
            organization: Some(ORGANIZATION.to_owned()),
            focus_factory_uri: Some(self.focus_factory_of(user)),
            pool_uri: Some(format!(
                "sip:{POOL_NAME}@{};gruu;opaque=srvr:HomeServer:AAAAAAAAAAAAAAAAAAAAAAAA",
                domain_of(user)
            )),
            cwa_internal_uri: Some(base(pages.internal)),
            cwa_external_uri: Some(base(pages.external)),
            uc_location_profile: Some(super::policy::DEFAULT_REGION.to_owned()),
            meeting_policy: MeetingPolicy {
                enable_pstn_conferencing: Some(self.policy.dial_in),
                allow_anonymous_participants: Some(self.policy.anonymous),
                meeting_size: Some(self.policy.meeting_size),
                allow_ip_audio: Some(true),
                ..MeetingPolicy::default()
            },
        }
    }
}

/// The same with a group that nobody asked for, longer than Microsoft's example
/// ([MS-SIPREGE] 4.2.2).
fn enlarge(body: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(body);
    let (inside, end) = text.split_at(text.rfind("</").unwrap_or(text.len()));
    let property = |n| {
        format!(
            "<property name=\"setting{n:03}\">{}</property>",
            "x".repeat(64)
        )
    };
    let properties: String = (0..600).map(property).collect();
    format!("{inside}<provisionGroup name=\"other\"><instance>{properties}</instance></provisionGroup>{end}").into_bytes()
}

fn domain_of(user: &User) -> &str {
    user.address
        .rsplit_once('@')
        .map_or("", |(_, domain)| domain)
}
