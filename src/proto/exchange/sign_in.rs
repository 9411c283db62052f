//! From the first REGISTER to the association: one challenge, one proof ([MS-SIPAE] 3.2.5).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::{
    ASSOCIATION_LIFE, Event, Exchange, Failure, Pending, Purpose, REFRESH_EARLY, Registration,
    State, Target, Transport, challenges, random_array,
};
use crate::proto::association::{Association, Side, Verdict};
use crate::proto::auth::ntlm::{ClientRandom, respond};
use crate::proto::auth::{FileTime, Keys, Version};
use crate::proto::sip::{Address, Credentials, Message, list};

impl Exchange {
    /// The first REGISTER, without credentials.
    pub(super) fn ask_for_challenges(&mut self) {
        self.state = State::Asking;
        let request = self.next_register(None);
        self.send_register(request, Purpose::SignIn);
    }

    /// A signed REGISTER that prolongs the registration.
    pub(super) fn refresh(&mut self) {
        let mut request = self.next_register(None);
        self.sign(&mut request);
        self.send_register(request, Purpose::Refresh);
    }

    /// The next REGISTER of this session, without an authentication header.
    pub(super) fn next_register(&mut self, expires: Option<u32>) -> Message {
        let registration = &mut self.registration;
        registration.sequence += 1;
        let mut message = self.endpoint.register_request(
            &registration.call_id,
            &registration.from_tag,
            &registration.opaque,
            registration.sequence,
        );
        if let Some(seconds) = expires {
            message.add("Expires", seconds.to_string());
        }
        message
    }

    fn send_register(&mut self, request: Message, purpose: Purpose) {
        let bytes = request.encode();
        let ticket = self.new_ticket();
        let pending = self.new_pending(ticket, request, purpose);
        self.pending.push(pending);
        self.write(bytes);
    }

    /// An answer to a REGISTER of the sign-in.
    pub(super) fn handle_sign_in(&mut self, answer: Message) {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Asking => self.handle_offer(answer),
            State::Proving => self.handle_challenge(answer),
            State::Answering(association) => self.handle_proof_answer(*association, answer),
            state @ (State::SignedIn | State::Over) => self.state = state,
        }
    }

    fn handle_offer(&mut self, answer: Message) {
        match answer.code() {
            Some(401 | 407) => self.choose_scheme(&answer),
            // Whoever has signed in before takes a redirect only with a signature.
            Some(301 | 302) if self.association.is_some() => self.fail(Failure::Unsigned),
            Some(301 | 302) => self.handle_redirect(&answer),
            Some(200..=299) => self.fail(Failure::Unsigned),
            _ => self.fail(Failure::Refused(Box::new(answer))),
        }
    }

    fn choose_scheme(&mut self, answer: &Message) {
        // The Date of a challenge is there to compare clocks ([MS-SIP] 3.1.5.1).
        let date = answer.header("Date").unwrap_or_default();
        let told = jiff::fmt::rfc2822::parse(&date).map(|date| date.timestamp().as_second());
        self.clock_ahead = told.ok().map(|told| told - self.endpoint.unix_time);
        let (offered, proxy) = challenges(answer);
        self.proxy = proxy;
        let Some(ntlm) = ntlm_of(&offered) else {
            let schemes = offered
                .into_iter()
                .map(|challenge| challenge.scheme)
                .collect();
            return self.fail(Failure::NoNtlm(schemes));
        };
        let begun = echo(ntlm, &["realm", "targetname"]).with("gssapi-data", "");
        let version = match Version::from_parameter(ntlm.parameter("version")) {
            Ok(version) => version,
            Err(error) => return self.fail(Failure::Challenge(error.to_string())),
        };
        self.state = State::Proving;
        self.send_token(with_version(begun, version), None);
    }

    fn handle_challenge(&mut self, answer: Message) {
        let (offered, _) = challenges(&answer);
        let token = ntlm_of(&offered).and_then(|ntlm| Some((ntlm, ntlm.parameter("gssapi-data")?)));
        let is_challenge = matches!(answer.code(), Some(401 | 407));
        let Some((ntlm, token)) = token.filter(|_| is_challenge) else {
            return match answer.code() {
                Some(200..400) => self.fail(Failure::Unsigned),
                _ => self.fail(Failure::Refused(Box::new(answer))),
            };
        };
        self.prove(ntlm, token);
    }

    fn prove(&mut self, challenge: &Credentials, token: &str) {
        let (version, token, keys) = match self.answer_to(challenge, token) {
            Ok(answer) => answer,
            Err(why) => return self.fail(Failure::Challenge(why)),
        };
        let mut association = Association::new(Side::Client, challenge, version, keys);
        let begun = association
            .credentials()
            .with("gssapi-data", &BASE64.encode(token));
        let begun = with_version(begun, version);
        let signer = version.signs_authenticate().then_some(&mut association);
        self.send_token(begun, signer);
        self.state = State::Answering(Box::new(association));
    }

    fn answer_to(
        &mut self,
        challenge: &Credentials,
        token: &str,
    ) -> Result<(Version, Vec<u8>, Keys), String> {
        let version = Version::from_parameter(challenge.parameter("version"))
            .map_err(|error| error.to_string())?;
        let token = BASE64
            .decode(token)
            .map_err(|_| "it is not base64".to_owned())?;
        let random = ClientRandom {
            client_challenge: random_array(&mut self.random),
            session_key: random_array(&mut self.random),
        };
        let endpoint = &self.endpoint;
        let now = FileTime::from_unix_seconds(endpoint.unix_time);
        let (token, keys) = respond(
            &token,
            &endpoint.account,
            &endpoint.workstation,
            now,
            random,
        )
        .map_err(|error| error.to_string())?;
        Ok((version, token, keys))
    }

    fn send_token(&mut self, begun: Credentials, signer: Option<&mut Association>) {
        let mut request = self.next_register(None);
        let header = self.authorization();
        match signer {
            Some(association) => {
                association.sign(&mut request, header, begun, random_array(&mut self.random));
            }
            None => request.add(header, begun.write()),
        }
        self.send_register(request, Purpose::SignIn);
    }

    fn handle_proof_answer(&mut self, mut association: Association, answer: Message) {
        let code = answer.code().unwrap_or_default();
        if matches!(code, 401 | 407) {
            return self.fail(Failure::WrongPassword(Box::new(answer)));
        }
        match association.verify(&answer, super::incoming::SIGNATURES) {
            Verdict::Valid => {}
            Verdict::Unsigned if code >= 400 => {
                return self.fail(Failure::Refused(Box::new(answer)));
            }
            Verdict::Unsigned => return self.fail(Failure::Unsigned),
            Verdict::Bad | Verdict::Replayed => return self.fail(Failure::BadSignature),
        }
        match code {
            200..=299 => self.finish_sign_in(association, &answer),
            301 | 302 => self.handle_redirect(&answer),
            _ => self.fail(Failure::Refused(Box::new(answer))),
        }
    }

    fn finish_sign_in(&mut self, association: Association, answer: &Message) {
        let target = association.target.clone();
        self.association = Some(association);
        self.state = State::SignedIn;
        self.renew_at = Some(self.now + ASSOCIATION_LIFE);
        self.keep_registration(answer);
        self.push_event(Event::SignedIn(Registration {
            server: answer.header("Server"),
            target,
            display_name: answer
                .header("From")
                .map(|value| Address::read(&value).name)
                .filter(|name| !name.is_empty()),
            remote: answer
                .header("ms-user-logon-data")
                .is_some_and(|value| value.eq_ignore_ascii_case("RemoteUser")),
            clock_ahead: self.clock_ahead,
        }));
        for pending in std::mem::take(&mut self.waiting) {
            self.transmit(pending);
        }
    }

    /// Takes note of what a 200 says about the registration ([MS-SIPREGE] 3.1.1.5.1).
    fn keep_registration(&mut self, answer: &Message) {
        let instance = super::instance_of(&self.endpoint.epid);
        let own = |contact: &Address| {
            contact
                .parameter("+sip.instance")
                .is_some_and(|value| value.to_ascii_lowercase().contains(&instance))
        };
        let contacts: Vec<String> = answer.all("Contact").collect();
        let own = contacts.iter().flat_map(|value| list(value)).find(own);
        self.registration.gruu =
            own.and_then(|contact| contact.parameter("gruu").map(str::to_owned));
        let seconds = |text: String| {
            text.trim()
                .parse::<u64>()
                .ok()
                .filter(|&s| (1..=86_400).contains(&s))
        };
        let expires = answer
            .header("Expires")
            .and_then(seconds)
            .map(std::time::Duration::from_secs);
        self.refresh_at = expires
            .map(|expires| self.now + expires.saturating_sub(REFRESH_EARLY).max(expires / 2));
        let keep_alive = answer.header("ms-keep-alive").and_then(|value| {
            let timeout = value
                .split(';')
                .find_map(|part| part.trim().strip_prefix("timeout="))?;
            seconds(timeout.to_owned())
        });
        self.keep_alive = keep_alive.map(|timeout| std::time::Duration::from_millis(timeout * 900));
    }

    /// A signed answer to a refresh. `added` means that the old binding was gone.
    pub(super) fn handle_refresh(&mut self, answer: Message) {
        let lost = answer
            .header("presence-state")
            .is_some_and(|value| value.contains("added"));
        match answer.code() {
            Some(200..=299) if !lost => self.keep_registration(&answer),
            Some(200..=299 | 401 | 407) => self.ask_for_challenges(),
            _ => self.fail(Failure::Refused(Box::new(answer))),
        }
    }

    fn handle_redirect(&mut self, answer: &Message) {
        let contacts: Vec<String> = answer.all("Contact").collect();
        // Over TLS a redirect never leads to a connection without it ([MS-SIP] 4.2).
        let may_follow = |target: &Target| {
            self.endpoint.transport == Transport::Tcp || target.transport == Transport::Tls
        };
        let target = contacts
            .iter()
            .flat_map(|value| list(value))
            .filter_map(|contact| target(&contact.uri))
            .find(may_follow);
        let Some(target) = target else {
            return self.fail(Failure::Redirect(contacts.join(", ")));
        };
        self.state = State::Over;
        self.pending.clear();
        self.waiting.clear();
        self.push_event(Event::Redirected(target));
    }

    /// Signs in once more, then sends the request again.
    pub(super) fn sign_in_again(&mut self, pending: Pending) {
        self.waiting.push(pending);
        if matches!(self.state, State::SignedIn) {
            self.ask_for_challenges();
        }
    }
}

fn ntlm_of(offered: &[Credentials]) -> Option<&Credentials> {
    offered
        .iter()
        .find(|challenge| challenge.scheme.eq_ignore_ascii_case("NTLM"))
}

/// `version=` goes with handshake messages only, and not at all at version 2.
fn with_version(credentials: Credentials, version: Version) -> Credentials {
    match version.parameter() {
        Some(version) => credentials.with("version", version),
        None => credentials,
    }
}

fn echo(challenge: &Credentials, names: &[&str]) -> Credentials {
    names.iter().fold(
        Credentials::new("NTLM").with("qop", "auth"),
        |credentials, name| credentials.with(name, challenge.parameter(name).unwrap_or_default()),
    )
}

/// Host, port and transport of a `sip:` URI.
fn target(uri: &str) -> Option<Target> {
    let rest = uri
        .strip_prefix("sip:")
        .or_else(|| uri.strip_prefix("sips:"))?;
    let (place, parameters) = rest.split_once(';').unwrap_or((rest, ""));
    let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
    let tcp = parameters
        .split(';')
        .any(|parameter| parameter.eq_ignore_ascii_case("transport=tcp"));
    let transport = if tcp { Transport::Tcp } else { Transport::Tls };
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
        _ => (place, transport.default_port()),
    };
    let named = !host.is_empty()
        && host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b".-[]:".contains(&b));
    named.then(|| Target {
        host: host.to_owned(),
        port,
        transport,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirect_targets_default_to_tls() {
        let read = |uri| target(uri).map(|t| (t.host, t.port, t.transport));
        assert_eq!(
            read("sip:pool2.example.com"),
            Some(("pool2.example.com".into(), 5061, Transport::Tls))
        );
        assert_eq!(
            read("sip:pool2.example.com:443;transport=tls"),
            Some(("pool2.example.com".into(), 443, Transport::Tls))
        );
        assert_eq!(
            read("sip:pool2.example.com;transport=tcp"),
            Some(("pool2.example.com".into(), 5060, Transport::Tcp))
        );
        assert_eq!(
            read("sip:[2001:db8::1]:5061"),
            Some(("[2001:db8::1]".into(), 5061, Transport::Tls))
        );
        for hostile in [
            "http://x",
            "sip:",
            "sip:a b",
            "sip:pool:99999",
            "sip:pool/../x",
        ] {
            assert_eq!(read(hostile), None, "{hostile}");
        }
    }
}
