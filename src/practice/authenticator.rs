//! Who is at the door: challenges, NTLM proofs, signatures, and which user may say what
//! ([MS-SIPAE] 3.3.5).

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::{SignedDuration, Timestamp};

use crate::hex::hex;
use crate::practice::diagnostics::diagnostics;
use crate::practice::faults::{FaultKind, Occasion};
use crate::practice::spelling::Dimension;
use crate::practice::users::User;
use crate::practice::{Log, POOL_NAME, Pool, random};
use crate::proto::association::{Association, Side, Verdict};
use crate::proto::auth::{FileTime, TargetNames, Version, ntlm};
use crate::proto::sip::{Address, Credentials, Header, Message};

/// What every challenge says, and every signature holds; clients compare it with regard to case.
const REALM: &str = "SIP Communications Service";

/// The security associations of one connection.
pub(super) struct Authenticator {
    pool: Arc<Pool>,
    /// The connection's number.
    number: u32,
    /// Where the client is.
    address: IpAddr,
    associations: Vec<SecurityAssociation>,
    /// Challenges given out and not yet answered, by their `opaque`.
    challenges: HashMap<String, [u8; 8]>,
}

/// Places in the list are good for one request only: the next one may push the first out.
struct SecurityAssociation {
    association: Association,
    user: Arc<User>,
    epid: String,
    made: Instant,
}

/// Somebody known.
pub(super) struct Guest {
    pub(super) user: Arc<User>,
    /// Which association to answer with.
    pub(super) association: usize,
}

/// An answer of the authenticator's own.
pub(super) struct Refusal {
    pub(super) code: u16,
    pub(super) reason: &'static str,
    pub(super) headers: Vec<Header>,
    /// Set when the client is known all the same, so that the answer can be signed.
    pub(super) association: Option<usize>,
}

impl Refusal {
    fn without_signature(code: u16, reason: &'static str, headers: Vec<Header>) -> Self {
        Self {
            code,
            reason,
            headers,
            association: None,
        }
    }
}

/// Challenges kept at most; who asks for one more loses all of these.
const MOST_CHALLENGES: usize = 16;
/// Associations kept at most; who proves himself once more loses the oldest.
const MOST_ASSOCIATIONS: usize = 16;

impl Authenticator {
    pub(super) fn new(pool: Arc<Pool>, number: u32, address: IpAddr) -> Self {
        Self {
            pool,
            number,
            address,
            associations: Vec::new(),
            challenges: HashMap::new(),
        }
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
            user: Arc::clone(&self.associations[association].user),
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
        let signer = &mut self.associations[association].association;
        let begun = Credentials::new("NTLM")
            .with("qop", "auth")
            .with("opaque", &signer.opaque)
            .with("realm", &signer.realm)
            .with("targetname", &signer.target);
        if faults.contains(&&FaultKind::Replay) {
            signer.repeat_number();
        }
        signer.sign(message, header, begun, random());
        self.log_signed('>', &self.associations[association].association);
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
        self.challenge(self.with_version(challenge), trouble)
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
        let varies = |dimension| self.pool.spelling.varies(dimension);
        let clock =
            varies(Dimension::Clock).then(|| FileTime::from_unix_seconds(self.now().as_second()));
        let token = match varies(Dimension::WeakChallenge) {
            true => ntlm::weak_challenge(server_challenge),
            false => ntlm::challenge(server_challenge, &names, clock),
        };
        let Ok(token) = token else {
            return Refusal::without_signature(500, "Server Internal Error", Vec::new());
        };
        self.challenges.insert(opaque.clone(), server_challenge);
        let challenge = Credentials::new("NTLM")
            .with("opaque", &opaque)
            .with("gssapi-data", &BASE64.encode(token))
            .with("targetname", POOL_NAME)
            .with("realm", REALM);
        self.challenge(self.with_version(challenge), None)
    }

    fn challenge(&self, challenge: Credentials, trouble: Option<Header>) -> Refusal {
        let (code, reason, header) = if self.has(&FaultKind::Proxy) {
            (407, "Proxy Authentication Required", "Proxy-Authenticate")
        } else {
            (401, "Unauthorized", "WWW-Authenticate")
        };
        let date = self.now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let mut headers = vec![
            Header::new("Date", &date),
            Header::new(header, &challenge.write()),
        ];
        headers.extend(trouble);
        Refusal::without_signature(code, reason, headers)
    }

    /// What the pool's clock shows.
    fn now(&self) -> Timestamp {
        let skew = self.pool.faults.find(|fault| match fault {
            FaultKind::Skew(seconds) => Some(SignedDuration::from_secs((*seconds).into())),
            _ => None,
        });
        let now = Timestamp::now();
        now.checked_add(skew.unwrap_or_default()).unwrap_or(now)
    }

    /// Whether it is too late to sign with an association.
    fn is_over(&self, kept: &SecurityAssociation) -> bool {
        let life = self.pool.faults.find(|fault| match fault {
            FaultKind::AssociationLife(life) => Some(*life),
            _ => None,
        });
        life.is_some_and(|life| kept.made.elapsed() > life)
    }

    fn version(&self) -> Version {
        let wanted = self.pool.faults.find(|fault| match fault {
            FaultKind::Version(version) => Some(*version),
            _ => None,
        });
        match wanted {
            Some(2) => Version::V2,
            Some(3) => Version::V3,
            _ => Version::V4,
        }
    }

    fn with_version(&self, credentials: Credentials) -> Credentials {
        match self.version().parameter() {
            Some(version) => credentials.with("version", version),
            None => credentials,
        }
    }

    fn log_signed(&self, arrow: char, association: &Association) {
        if association.last_buffer().is_empty() {
            return;
        }
        self.pool.log(Log::SIGNED, || {
            let buffer = String::from_utf8_lossy(association.last_buffer());
            format!("{:X} {arrow} signed {buffer}", self.number)
        });
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
        let (mut user, mut guess) = (None, None);
        let known = |login: &str, domain: &str| {
            user = self.pool.user_with_account(login, domain);
            let name = user.as_ref().map_or("", |user| user.address.as_str());
            let begun = self.pool.penalties.begin(name, self.address);
            thread::sleep(begun.wait);
            guess = Some(begun);
            user.as_ref().map(|user| user.hash.clone())
        };
        let (Ok((_, keys)), Some(user)) = (ntlm::verify(&token, server_challenge, known), user)
        else {
            return Err(self.challenge_schemes(Some(failed())));
        };
        if let Some(guess) = guess {
            self.pool.penalties.was_right(&guess);
        }
        let version = self.version();
        // Only the opaque is the client's word, and it is one of ours or we would not be here.
        let own = Credentials::new("NTLM")
            .with("realm", REALM)
            .with("targetname", POOL_NAME)
            .with("opaque", opaque);
        let mut association = Association::new(Side::Server, &own, version, keys);
        let signed = !version.signs_authenticate()
            || association.verify(request, CLIENT_SIGNATURES) == Verdict::Valid;
        self.log_signed('<', &association);
        if !signed {
            return Err(self.challenge_schemes(Some(failed())));
        }
        Ok(self.remember(SecurityAssociation {
            association,
            user,
            epid: epid(request),
            made: Instant::now(),
        }))
    }

    /// Where the association now is.
    fn remember(&mut self, kept: SecurityAssociation) -> usize {
        if self.associations.len() >= MOST_ASSOCIATIONS {
            self.associations.remove(0);
        }
        self.associations.push(kept);
        self.associations.len() - 1
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
        let own =
            |kept: &SecurityAssociation| kept.association.opaque == opaque && kept.epid == epid;
        let found = self.associations.iter().position(own);
        let Some(at) = found.filter(|at| !self.is_over(&self.associations[*at])) else {
            return Err(Some(self.challenge_schemes(None)));
        };
        let verdict = self.associations[at]
            .association
            .verify(request, CLIENT_SIGNATURES);
        self.log_signed('<', &self.associations[at].association);
        match verdict {
            Verdict::Valid => Ok(at),
            Verdict::Replayed => Err(None),
            Verdict::Bad | Verdict::Unsigned => Err(Some(self.challenge_schemes(None))),
        }
    }

    /// Nobody may speak for somebody else.
    fn check_sender(&self, request: &Message, association: usize) -> Result<(), Refusal> {
        let from = Address::read(&request.header("From").unwrap_or_default());
        let user = &self.associations[association].user;
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
