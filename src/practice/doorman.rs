//! Who is at the door: challenges, NTLM proofs, signatures, and which user may say what
//! ([MS-SIPAE] 3.3.5).

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;

use crate::practice::diagnostics::diagnostics;
use crate::practice::faults::{FaultKind, Occasion};
use crate::practice::users::User;
use crate::practice::{POOL_NAME, Pool, random};
use crate::proto::association::{Association, Side, Verdict};
use crate::proto::auth::{TargetNames, Version, ntlm};
use crate::proto::hex;
use crate::proto::sip::{Address, Credentials, Header, Message};

/// What every challenge says; clients compare it with regard to case.
const REALM: &str = "SIP Communications Service";

/// The security associations of one connection.
pub(super) struct Doorman {
    pool: Arc<Pool>,
    bonds: Vec<Bond>,
    /// Challenges given out and not yet answered, by their `opaque`.
    challenges: HashMap<String, [u8; 8]>,
}

struct Bond {
    association: Association,
    user: Arc<User>,
    epid: String,
}

/// Somebody known.
pub(super) struct Guest {
    pub(super) user: Arc<User>,
    /// Which association to answer with.
    pub(super) association: usize,
}

/// An answer of the doorman's own.
pub(super) struct Refusal {
    pub(super) code: u16,
    pub(super) reason: &'static str,
    pub(super) headers: Vec<Header>,
    /// Set when the client is known all the same, so that the answer can be signed.
    pub(super) association: Option<usize>,
}

impl Refusal {
    fn unsigned(code: u16, reason: &'static str, headers: Vec<Header>) -> Self {
        Self {
            code,
            reason,
            headers,
            association: None,
        }
    }
}

/// Challenges kept at most; a client that asks for more forgets its first ones.
const MOST_CHALLENGES: usize = 16;

impl Doorman {
    pub(super) fn new(pool: Arc<Pool>) -> Self {
        Self {
            pool,
            bonds: Vec::new(),
            challenges: HashMap::new(),
        }
    }

    pub(super) fn knows_somebody(&self) -> bool {
        !self.bonds.is_empty()
    }

    /// Lets a request in, refuses it, or (`Err(None)`) lets it drop without a word.
    pub(super) fn admit(&mut self, request: &Message) -> Result<Guest, Option<Refusal>> {
        let ntlm = credentials(request).filter(|found| found.scheme.eq_ignore_ascii_case("NTLM"));
        let Some(credentials) = ntlm else {
            // An unauthenticated CANCEL is never challenged ([MS-SIPAE] 3.3.5.1).
            let silent = request.method() == Some("CANCEL");
            return Err((!silent).then(|| self.challenge_schemes(None)));
        };
        let association = match credentials.parameter("gssapi-data") {
            Some("") => return Err(Some(self.challenge_ntlm())),
            Some(token) => self.prove(request, &credentials, token).map_err(Some)?,
            None => self.recognise(request, &credentials)?,
        };
        self.check_sender(request, association).map_err(Some)?;
        Ok(Guest {
            user: Arc::clone(&self.bonds[association].user),
            association,
        })
    }

    /// Signs an answer or a request of the pool's, in the chain of headers the client uses.
    pub(super) fn sign(
        &mut self,
        message: &mut Message,
        request: &Message,
        association: usize,
        faults: &[&FaultKind],
    ) {
        if faults.contains(&&FaultKind::Unsigned) {
            return;
        }
        let proxy = request.header("Proxy-Authorization").is_some();
        let header = if proxy {
            "Proxy-Authentication-Info"
        } else {
            "Authentication-Info"
        };
        let bond = &mut self.bonds[association].association;
        let begun = Credentials::new("NTLM")
            .with("qop", "auth")
            .with("opaque", &bond.opaque)
            .with("realm", &bond.realm)
            .with("targetname", &bond.target);
        if faults.contains(&&FaultKind::Replay) {
            bond.repeat_number();
        }
        bond.sign(message, header, begun, random());
        if faults.contains(&&FaultKind::WrongSignature) {
            let expires = message.header("Expires").unwrap_or_default();
            message.remove("Expires");
            message.add("Expires", format!("1{expires}"));
        }
    }

    /// One header line per scheme that can be used.
    fn challenge_schemes(&self, trouble: Option<Header>) -> Refusal {
        let kerberos = self.has(&FaultKind::NoNtlm);
        let (scheme, target) = if kerberos {
            ("Kerberos", format!("sip/{POOL_NAME}"))
        } else {
            ("NTLM", POOL_NAME.to_owned())
        };
        let challenge = Credentials::new(scheme)
            .with("realm", REALM)
            .with("targetname", &target);
        self.challenge(self.versioned(challenge), trouble)
    }

    fn challenge_ntlm(&mut self) -> Refusal {
        if self.challenges.len() >= MOST_CHALLENGES {
            self.challenges.clear();
        }
        let (opaque, server_challenge) = (hex(&random::<4>()).to_uppercase(), random());
        let names = TargetNames {
            netbios_domain: "PRACTICE",
            netbios_computer: "POOL",
            dns_domain: "practice.example",
            dns_computer: POOL_NAME,
            dns_tree: "practice.example",
        };
        let Ok(token) = ntlm::challenge(server_challenge, &names, None) else {
            return Refusal::unsigned(500, "Server Internal Error", Vec::new());
        };
        self.challenges.insert(opaque.clone(), server_challenge);
        let challenge = Credentials::new("NTLM")
            .with("opaque", &opaque)
            .with("gssapi-data", &BASE64.encode(token))
            .with("targetname", POOL_NAME)
            .with("realm", REALM);
        self.challenge(self.versioned(challenge), None)
    }

    fn challenge(&self, challenge: Credentials, trouble: Option<Header>) -> Refusal {
        let (code, reason, header) = if self.has(&FaultKind::Proxy) {
            (407, "Proxy Authentication Required", "Proxy-Authenticate")
        } else {
            (401, "Unauthorized", "WWW-Authenticate")
        };
        let date = Timestamp::now()
            .strftime("%a, %d %b %Y %H:%M:%S GMT")
            .to_string();
        let mut headers = vec![
            Header::new("Date", &date),
            Header::new(header, &challenge.write()),
        ];
        headers.extend(trouble);
        Refusal::unsigned(code, reason, headers)
    }

    fn version(&self) -> Version {
        let wanted = self
            .pool
            .faults
            .due(Occasion::default())
            .find_map(|fault| match fault {
                FaultKind::Version(version) => Some(*version),
                _ => None,
            });
        match wanted {
            Some(2) => Version::V2,
            Some(3) => Version::V3,
            _ => Version::V4,
        }
    }

    fn versioned(&self, credentials: Credentials) -> Credentials {
        match self.version().parameter() {
            Some(version) => credentials.with("version", version),
            None => credentials,
        }
    }

    fn has(&self, fault: &FaultKind) -> bool {
        self.pool.faults.has(Occasion::default(), fault)
    }

    /// An AUTHENTICATE token: right proof, right signature, and the association is made.
    fn prove(
        &mut self,
        request: &Message,
        credentials: &Credentials,
        token: &str,
    ) -> Result<usize, Refusal> {
        let failed = || diagnostics(1000, "Final handshake failed");
        let opaque = credentials.parameter("opaque").unwrap_or_default();
        let (Some(server_challenge), Ok(token)) =
            (self.challenges.remove(opaque), BASE64.decode(token))
        else {
            return Err(self.challenge_schemes(Some(failed())));
        };
        let mut user = None;
        let known = |login: &str, domain: &str| {
            user = self.pool.user_with_account(login, domain);
            user.as_ref().map(|user| user.hash.clone())
        };
        let (Ok((_, keys)), Some(user)) = (ntlm::verify(&token, server_challenge, known), user)
        else {
            return Err(self.challenge_schemes(Some(failed())));
        };
        let version = self.version();
        let mut association = Association::new(Side::Server, credentials, version, keys);
        if version.signs_authenticate()
            && association.verify(request, CLIENT_SIGNATURES) != Verdict::Valid
        {
            return Err(self.challenge_schemes(Some(failed())));
        }
        self.bonds.push(Bond {
            association,
            user,
            epid: epid(request),
        });
        Ok(self.bonds.len() - 1)
    }

    /// A signed request of somebody who has proved himself before.
    fn recognise(
        &mut self,
        request: &Message,
        credentials: &Credentials,
    ) -> Result<usize, Option<Refusal>> {
        let (opaque, epid) = (
            credentials.parameter("opaque").unwrap_or_default(),
            epid(request),
        );
        let own = |bond: &Bond| bond.association.opaque == opaque && bond.epid == epid;
        let Some(at) = self.bonds.iter().position(own) else {
            return Err(Some(self.challenge_schemes(None)));
        };
        match self.bonds[at]
            .association
            .verify(request, CLIENT_SIGNATURES)
        {
            Verdict::Valid => Ok(at),
            Verdict::Replayed => Err(None),
            Verdict::Bad | Verdict::Unsigned => Err(Some(self.challenge_schemes(None))),
        }
    }

    /// Nobody may speak for somebody else.
    fn check_sender(&self, request: &Message, association: usize) -> Result<(), Refusal> {
        let from = Address::read(&request.header("From").unwrap_or_default());
        let user = &self.bonds[association].user;
        if from.uri.eq_ignore_ascii_case(&user.address) {
            return Ok(());
        }
        Err(Refusal {
            code: 403,
            reason: "Forbidden",
            headers: vec![diagnostics(
                4004,
                "The user's credentials do not match the From URI",
            )],
            association: Some(association),
        })
    }
}

/// The headers a client's signature may stand in.
const CLIENT_SIGNATURES: [&str; 2] = ["Authorization", "Proxy-Authorization"];

fn credentials(request: &Message) -> Option<Credentials> {
    CLIENT_SIGNATURES
        .iter()
        .find_map(|name| request.header(name))
        .map(|value| Credentials::read(&value))
}

fn epid(request: &Message) -> String {
    let from = Address::read(&request.header("From").unwrap_or_default());
    from.parameter("epid").unwrap_or_default().to_owned()
}
