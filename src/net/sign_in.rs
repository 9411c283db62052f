//! What a web server asks of whoever signs in (RFC 9110 11.6.1), and the answer: Digest with MD5 or
//! SHA-256 (RFC 7616), for a session or not, else Basic (RFC 7617).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use md5::{Digest as _, Md5};
use openssl::sha::sha256;

use crate::hex::hex;
use crate::secret::Secret;

/// Longest list of challenges that is read, in octets.
const LONGEST: usize = 16 * 1024;

/// The way to sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// User and password as they are.
    Basic,
    /// A digest of both and of what the server said.
    Digest(Digest),
}

/// A Digest challenge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    /// As the server spelled it; none: MD5.
    algorithm: Option<String>,
    hash: Hash,
    /// Whether the secret is mixed with the nonces once for the session, `-sess`.
    of_session: bool,
    /// Whether `qop=auth` is offered.
    counted: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Hash {
    #[default]
    Md5,
    Sha256,
}

/// Who signs in.
pub struct Login {
    /// Name.
    pub user: String,
    /// And password.
    pub password: Secret,
}

/// A request, as far as a digest covers it.
pub struct Covered<'a> {
    /// Method in upper case.
    pub method: &'a str,
    /// Path and query.
    pub target: &'a str,
    /// How often this nonce was used, this time included.
    pub count: u32,
    /// What nobody can guess.
    pub client_nonce: &'a str,
}

/// The best way that the WWW-Authenticate headers offer; none: none that we know.
pub fn way<'a>(headers: impl Iterator<Item = &'a str>) -> Option<Way> {
    let all: Vec<Challenge> = headers.flat_map(challenges).collect();
    let mut digests: Vec<Digest> = all.iter().filter_map(Challenge::digest).collect();
    digests.sort_by_key(|digest| digest.hash == Hash::Md5);
    let basic = all.iter().any(|c| c.scheme.eq_ignore_ascii_case("basic"));
    let first = digests.into_iter().next().map(Way::Digest);
    first.or(basic.then_some(Way::Basic))
}

impl Way {
    /// Value of the Authorization header.
    pub fn authorization(&self, login: &Login, request: &Covered<'_>) -> Secret {
        match self {
            Self::Basic => {
                let both = format!("{}:{}", login.user, login.password.expose());
                Secret::new(format!("Basic {}", BASE64_STANDARD.encode(both)))
            }
            Self::Digest(digest) => Secret::new(digest.answer(login, request)),
        }
    }
}

impl Digest {
    fn hash(&self, text: &str) -> String {
        match self.hash {
            Hash::Md5 => hex(&Md5::digest(text.as_bytes())),
            Hash::Sha256 => hex(&sha256(text.as_bytes())),
        }
    }

    /// RFC 7616 3.4.
    fn answer(&self, login: &Login, request: &Covered<'_>) -> String {
        let (user, password) = (&login.user, login.password.expose());
        let (nonce, count, own) = (&self.nonce, request.count, request.client_nonce);
        let mut secret = self.hash(&format!("{user}:{}:{password}", self.realm));
        if self.of_session {
            secret = self.hash(&format!("{secret}:{nonce}:{own}"));
        }
        let asked = self.hash(&format!("{}:{}", request.method, request.target));
        let response = if self.counted {
            self.hash(&format!("{secret}:{nonce}:{count:08x}:{own}:auth:{asked}"))
        } else {
            self.hash(&format!("{secret}:{nonce}:{asked}"))
        };
        let mut answer = format!(
            "Digest username={}, realm={}, nonce={}, uri={}, response=\"{response}\"",
            quote(user),
            quote(&self.realm),
            quote(nonce),
            quote(request.target),
        );
        if let Some(algorithm) = &self.algorithm {
            answer.push_str(&format!(", algorithm={algorithm}"));
        }
        if self.counted {
            answer.push_str(&format!(", qop=auth, nc={count:08x}"));
        }
        if self.counted || self.of_session {
            answer.push_str(&format!(", cnonce=\"{own}\""));
        }
        if let Some(opaque) = &self.opaque {
            answer.push_str(&format!(", opaque={}", quote(opaque)));
        }
        answer
    }
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// One scheme with its parameters.
#[derive(Debug, Default)]
struct Challenge {
    scheme: String,
    parameters: Vec<(String, String)>,
}

impl Challenge {
    fn parameter(&self, name: &str) -> Option<&str> {
        let mut all = self.parameters.iter();
        all.find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// None: another scheme, or one of its variants that we can't do.
    fn digest(&self) -> Option<Digest> {
        if !self.scheme.eq_ignore_ascii_case("digest") {
            return None;
        }
        let algorithm = self.parameter("algorithm");
        let (hash, of_session) = match algorithm.unwrap_or("MD5").to_ascii_uppercase().as_str() {
            "MD5" => (Hash::Md5, false),
            "MD5-SESS" => (Hash::Md5, true),
            "SHA-256" => (Hash::Sha256, false),
            "SHA-256-SESS" => (Hash::Sha256, true),
            _ => return None,
        };
        let qop = self.parameter("qop");
        let counted =
            qop.is_some_and(|q| q.split(',').any(|q| q.trim().eq_ignore_ascii_case("auth")));
        if qop.is_some() && !counted {
            return None;
        }
        Some(Digest {
            realm: self.parameter("realm")?.to_owned(),
            nonce: self.parameter("nonce")?.to_owned(),
            opaque: self.parameter("opaque").map(str::to_owned),
            algorithm: algorithm.map(str::to_owned),
            hash,
            of_session,
            counted,
        })
    }
}

/// `Basic realm="x", Digest realm="x", nonce="y"`: a comma stands between challenges and between
/// parameters alike; only the `=` tells one from the other.
fn challenges(header: &str) -> Vec<Challenge> {
    let mut found: Vec<Challenge> = Vec::new();
    for part in parts(header.get(..LONGEST).unwrap_or(header)) {
        let (name, value) = match part.split_once('=') {
            Some((name, value)) => (name.trim(), Some(unquote(value.trim()))),
            None => (part.trim(), None),
        };
        let (scheme, name) = match name.split_once(char::is_whitespace) {
            Some((scheme, name)) => (Some(scheme), name.trim()),
            None if value.is_none() => (Some(name), ""),
            None => (None, name),
        };
        if let Some(scheme) = scheme.filter(|scheme| !scheme.is_empty()) {
            found.push(Challenge {
                scheme: scheme.to_owned(),
                parameters: Vec::new(),
            });
        }
        if let (Some(last), Some(value)) = (found.last_mut(), value) {
            last.parameters.push((name.to_owned(), value));
        }
    }
    found
}

/// Cut at the commas that are not in quotes.
fn parts(header: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut in_quotes, mut escaped) = (false, false);
    for c in header.chars() {
        match c {
            ',' if !in_quotes => {
                parts.push(String::new());
                continue;
            }
            '"' if !escaped => in_quotes = !in_quotes,
            _ => {}
        }
        escaped = in_quotes && c == '\\' && !escaped;
        if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts
}

fn unquote(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else {
        return value.to_owned();
    };
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let mut text = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        text.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 7616 3.9.1: both algorithms are offered, SHA-256 first.
    const OFFER: [&str; 2] = [
        "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=SHA-256, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
        "Basic realm=\"a, b=\\\"c\\\"\", Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=MD5, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
    ];

    fn answer(way: &Way) -> String {
        let login = Login {
            user: "Mufasa".to_owned(),
            password: Secret::from("Circle of Life"),
        };
        let request = Covered {
            method: "GET",
            target: "/dir/index.html",
            count: 1,
            client_nonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        };
        way.authorization(&login, &request).expose().to_owned()
    }

    #[test]
    fn the_answers_of_the_rfc_come_out() {
        let best = way(OFFER.into_iter().rev()).unwrap();
        assert!(answer(&best).contains(
            "response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\""
        ));
        let md5 = answer(&way(OFFER.into_iter().skip(1)).unwrap());
        assert!(
            md5.contains("response=\"8ca523f5e9506fed4657c9700eebdbec\""),
            "{md5}"
        );
        assert!(md5.contains("qop=auth, nc=00000001, cnonce="), "{md5}");
    }

    #[test]
    fn the_best_way_is_chosen() {
        let of = |header: &'static str| way([header].into_iter());
        assert_eq!(
            of("Basic realm=\"Radicale - Password Required\""),
            Some(Way::Basic)
        );
        assert_eq!(of("basic"), Some(Way::Basic));
        assert_eq!(of("Bearer, BASIC realm=x"), Some(Way::Basic));
        assert_eq!(of("Bearer realm=\"Basic\""), None);
        assert_eq!(of("Negotiate oYG2MIGz=="), None);
        assert_eq!(
            of("Digest realm=a, nonce=b, algorithm=SHA-512-256, Basic realm=a"),
            Some(Way::Basic)
        );
        let login = Login {
            user: "ana".into(),
            password: Secret::from("pá:ss"),
        };
        let request = Covered {
            method: "PUT",
            target: "/",
            count: 1,
            client_nonce: "",
        };
        assert_eq!(
            Way::Basic.authorization(&login, &request).expose(),
            "Basic YW5hOnDDoTpzcw=="
        );
    }

    proptest! {
        #[test]
        fn any_header_is_read(header in "([Dd]igest |Basic |[a-z]{0,3}|=|,|\"|\\\\| |č){0,40}") {
            let _ = way([header.as_str()].into_iter());
        }
    }
}
