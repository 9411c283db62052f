//! The Focus Factory on the wire: C3P requests in SERVICE, and their answers ([MS-CONFPRO] 3.2.5).

use jiff::Timestamp;

use crate::practice::Pool;
use crate::practice::conferences::other;
use crate::practice::connection::{Connection, Reply};
use crate::practice::diagnostics::diagnostics;
use crate::practice::faults::{FaultKind, Occasion};
use crate::practice::schema;
use crate::practice::users::User;
use crate::proto::c3p::{
    Answer, CONTENT_TYPE, Command, CommandName, ConferenceInfo, Dialect, Error, Form, KeyPair,
    ON_BEHALF_OF, Reason, Request, Response, focus_factory_uri,
};
use crate::proto::sip::{Address, Message};
use crate::xml::{Tag, document};

/// What a Focus Factory says of conferences that it does not keep.
fn nothing_of(asked: &Request) -> Option<Result<Answer, Reason>> {
    Some(match asked.command {
        Command::GetConferences { .. } => Ok(Answer::GetConferences(Vec::new())),
        Command::AddConference(_) => Err(Reason::OtherFailure),
        Command::GetConference { .. }
        | Command::ModifyConference(_)
        | Command::DeleteConference { .. } => Err(Reason::ConferenceDoesNotExist),
        _ => return None,
    })
}

impl Pool {
    /// Where a user's C3P requests belong.
    pub(super) fn focus_factory_of(&self, user: &User) -> String {
        let usual = focus_factory_uri(&user.address);
        match self
            .faults
            .has(Occasion::default(), &FaultKind::OtherFactory)
        {
            true => usual.replace("focusfactory", "focusfactory2"),
            false => usual,
        }
    }
}

impl Connection {
    /// Answers a SERVICE request.
    pub(super) fn serve(&mut self, user: &User, request: &Message) -> Reply {
        match request.header(ON_BEHALF_OF) {
            None => self.serve_organizer(user, request),
            Some(boss) => match self.pool.boss_of(user, &Address::read(&boss).uri) {
                Some(boss) => self.serve_organizer(&boss, request),
                None => self.refuse_delegate(request),
            },
        }
    }

    /// From Lync on with a fault in XML, as a front end of Skype for Business says it; before, what it was
    /// like is a (GUESS).
    fn refuse_delegate(&self, request: &Message) -> Reply {
        if self.pool.dialect < Dialect::Lync {
            return self.refuse(request, 403, "Forbidden", 3014, "Failed authorisation");
        }
        let why = "Delegate operation not allowed as delegate and delegator are in different deployments.";
        let code = Tag::new("Faultcode").text("Client.Delegate.Operation.NotAuthorized");
        let fault = document(Tag::new("Fault").child(code));
        let mut reply = self.refuse(request, 403, "Forbidden", 4268, why);
        reply.message = reply
            .message
            .with_body("application/msrtc-fault+xml", fault);
        reply
    }

    fn serve_organizer(&mut self, user: &User, request: &Message) -> Reply {
        let to = Address::read(&request.header("To").unwrap_or_default()).uri;
        let is_usual = to.eq_ignore_ascii_case(&focus_factory_uri(&user.address));
        let own = self.pool.focus_factory_of(user);
        if !is_usual && !to.eq_ignore_ascii_case(&own) {
            return self.refuse(request, 403, "Forbidden", 3014, "Failed authorisation");
        }
        if !request.carries(CONTENT_TYPE) {
            return self.answer(request, 415, "Unsupported Media Type").into();
        }
        let asked = match Request::decode(&request.body) {
            Ok(asked) => asked,
            Err(error) => return self.refuse_error(request, &error),
        };
        if asked.to != to {
            return self.refuse(
                request,
                400,
                "Bad Request",
                3001,
                "The To of the request is bad",
            );
        }
        if !asked.from.eq_ignore_ascii_case(&user.address) {
            return self.refuse(request, 403, "Forbidden", 3014, "Failed authorisation");
        }
        let command = asked.command.name();
        if self.pool.dialect == Dialect::Ocs2007
            && command == CommandName::GetConferencingCapabilities
        {
            return self.refuse_error(request, &Error::UnknownCommand(command.to_string()));
        }
        if self.has(&FaultKind::Strict) && !schema::is_in_order(&request.body, &asked) {
            return self.refuse_unparsable(request);
        }
        let stranger = (is_usual && !own.eq_ignore_ascii_case(&to)).then(|| nothing_of(&asked));
        let known = stranger.flatten().or_else(|| self.take_lost_key(command));
        let outcome = match known {
            Some(outcome) => outcome,
            None => {
                let late = self.faults(command).find_map(|fault| match fault {
                    FaultKind::Late(pause) => Some(*pause),
                    _ => None,
                });
                match late {
                    None => self.pool.perform(user, asked.command.clone()),
                    Some(pause) => self.pool.perform_late(user, asked.command.clone(), pause),
                }
            }
        };
        self.respond(request, &asked, outcome)
    }

    /// A certificate whose key is gone, for the first who asks, if a fault says so.
    fn take_lost_key(&mut self, command: CommandName) -> Option<Result<Answer, Reason>> {
        if command != CommandName::GetEncryptionKey || std::mem::replace(&mut self.key_given, true)
        {
            return None;
        }
        self.has(&FaultKind::StaleKey).then(|| {
            let key = KeyPair::generate("focus factory", Timestamp::now()).map_err(other)?;
            let certificate = key.certificate().map_err(other)?;
            Ok(Answer::GetEncryptionKey(Some(certificate)))
        })
    }

    fn respond(
        &self,
        request: &Message,
        asked: &Request,
        outcome: Result<Answer, Reason>,
    ) -> Reply {
        let command = asked.command.name();
        let faults: Vec<&FaultKind> = self.faults(command).collect();
        let mut form = Form::from(self.pool.dialect);
        let mut response = asked.to_response(outcome);
        for fault in &faults {
            disturb(fault, &mut form, &mut response);
        }
        let body = faults
            .iter()
            .fold(response.encode(form), |body, fault| spoil(fault, body));
        Reply {
            message: self
                .answer(request, 200, "OK")
                .with_body(CONTENT_TYPE, body),
            after: Vec::new(),
            command: command.as_str().to_owned(),
        }
    }

    /// What goes wrong with the answer that comes next.
    fn faults(&self, command: CommandName) -> impl Iterator<Item = &FaultKind> {
        self.pool.faults.of(Occasion {
            answer: self.answers() + 1,
            method: "SERVICE",
            command: command.as_str(),
        })
    }

    fn has(&self, fault: &FaultKind) -> bool {
        self.pool.faults.has(Occasion::default(), fault)
    }

    fn refuse(&self, request: &Message, code: u16, reason: &str, id: u32, why: &str) -> Reply {
        let mut answer = self.answer(request, code, reason);
        answer.headers.push(diagnostics(id, why));
        answer.into()
    }

    /// Which diagnostics go with which mistake is a (GUESS); that the body is missing is not.
    fn refuse_error(&self, request: &Message, error: &Error) -> Reply {
        match error {
            Error::UnknownCommand(_) => self.refuse(
                request,
                400,
                "Bad Request",
                3004,
                "The C3P command is not implemented",
            ),
            _ => self.refuse_unparsable(request),
        }
    }

    fn refuse_unparsable(&self, request: &Message) -> Reply {
        let why = "The C3P request could not be parsed";
        self.refuse(request, 400, "Bad Request", 3006, why)
    }
}

/// What a fault does to an answer.
fn disturb(fault: &FaultKind, form: &mut Form, response: &mut Response) {
    match fault {
        FaultKind::Reason(word) => response.outcome = Err(Reason::from(word.as_str())),
        FaultKind::WrongRequestId => response.request_id = response.request_id.wrapping_add(1),
        FaultKind::ShortList(most) => {
            if let Ok(Answer::GetConferences(infos)) = &mut response.outcome {
                infos.drain(..infos.len().saturating_sub(*most));
            }
        }
        FaultKind::NoCertificate => {
            if let Ok(Answer::GetEncryptionKey(certificate)) = &mut response.outcome {
                *certificate = None;
            }
        }
        FaultKind::Namespace(namespace) => form.capabilities = *namespace,
        FaultKind::NoDescription => {
            form.entity_on_command = true;
            if let Ok(Answer::AddConference(info)) = &mut response.outcome {
                *info = ConferenceInfo {
                    entity: info.entity.take(),
                    ..ConferenceInfo::default()
                };
            }
        }
        _ => {}
    }
}

/// What a fault does to the body of an answer.
fn spoil(fault: &FaultKind, mut body: Vec<u8>) -> Vec<u8> {
    let replaced = |old: &str, new: &str| String::from_utf8_lossy(&body).replace(old, new);
    match fault {
        FaultKind::Pending => replaced("code=\"success\"", "code=\"pending\"").into_bytes(),
        FaultKind::Separators => replaced(
            "<ci:conference-description>",
            "<ci:conference-description><cis:separator/><cis:separator/>",
        )
        .replace(
            "</ci:conference-description>",
            "<cis:separator/></ci:conference-description>",
        )
        .into_bytes(),
        FaultKind::Spoil => {
            body.truncate(body.len() / 2);
            body
        }
        _ => body,
    }
}
