//! From a domain or an address to the calendar (RFC 6764 6): server, principal, home, calendars,
//! and the one that was meant.

use reqwest::Url;

use crate::caldav::client::{Client, LARGEST, circles, no_answer, stray, unreachable};
use crate::caldav::resource::{self, Resource, look};
use crate::caldav::{Access, Calendar, Target, address};
use crate::error::{Error, Kind, Result};
use crate::net::dns::{self, Answer, Service};
use crate::net::http::{Options, Request, Web, is_on_loopback, printable, shown_host};

/// Servers that a domain names and that are asked.
const SERVICES: usize = 4;
/// Redirects on the way to the server.
const REDIRECTS: usize = 5;
/// Calendars that a message names.
const NAMED: usize = 12;

/// As [`Calendar::find`].
pub(super) fn find(access: Access) -> Result<Calendar> {
    let target = access.target.clone();
    let organizer = access.organizer.clone();
    let (client, start) = sign_up(access)?;
    let user = Account::get(&client, &start)?;
    let start = user.start.clone().filter(|start| is_meant(start, &target));
    let chosen = match start {
        Some(start) => check_fit(&start, &client)?,
        None => choose(&user.list_calendars(&client)?, &user, &target, &client)?,
    };
    let answer = client.ask(Request::new("OPTIONS", &chosen.url))?;
    let features = answer.all("DAV").flat_map(|header| header.split(','));
    let offers = features
        .map(str::trim)
        .any(|f| f.eq_ignore_ascii_case("calendar-auto-schedule"));
    Ok(Calendar {
        name: chosen.label(),
        schedules: offers && user.has_address(&organizer),
        url: collection(chosen.url),
        client,
    })
}

/// The server, and where on it to ask first.
fn sign_up(access: Access) -> Result<(Client, Url)> {
    let target = &access.target;
    let report = access.report.clone();
    let given = target.url.as_deref().map(address::parse).transpose()?;
    let is_here = given
        .as_ref()
        .is_some_and(|given| is_on_loopback(&given.url));
    let options = Options {
        tls: access.tls.clone(),
        timeout: access.timeout,
        largest: LARGEST,
        stays_here: is_here,
    };
    let web = Web::new(options, report)?;
    let of_url = given.as_ref().and_then(|given| given.user.clone());
    let user = target.user.clone().or(of_url);
    let user = user.unwrap_or_else(|| access.organizer.clone());
    let start = match given {
        Some(given) => find_at_address(&web, &given.url)?,
        None => find_in_domain(&web, &access)?,
    };
    let client = Client::new(web, start.clone(), user, access);
    Ok((client, start))
}

/// A bare host may have its calendars anywhere, so that its well-known address goes first.
fn find_at_address(web: &Web, url: &Url) -> Result<Url> {
    let trusts = |other: &Url| other.origin() == url.origin();
    if url.path() == "/" {
        let known = url
            .join("/.well-known/caldav")
            .unwrap_or_else(|_| url.clone());
        if let Some(found) = settle(web, known, &trusts)? {
            return Ok(found);
        }
    }
    // What it answers here is told by the one who asks with a password.
    Ok(settle(web, url.clone(), &trusts)?.unwrap_or_else(|| url.clone()))
}

fn find_in_domain(web: &Web, access: &Access) -> Result<Url> {
    let organizer = &access.organizer;
    let asked = "set url in [calendar] of the settings, or CONFCTL_CALENDAR";
    let domain = address::domain(organizer).ok_or_else(|| {
        Error::usage(format!(
            "the address {organizer} does not tell where its calendar is"
        ))
        .hint(asked)
    })?;
    let trusts = |url: &Url| url.scheme() == "https" && address::belongs(url, &domain);
    let answer = ask_names(&domain, access.seed);
    let (silence, is_timed_out) = (answer.silence(), answer.is_timed_out());
    let named = match answer {
        Answer::Records(named) => named,
        Answer::Nothing | Answer::Nobody(_) => Vec::new(),
    };
    let count = named.len();
    let mut unreachable = None;
    // Nobody would find the domain's own address either.
    let candidates = candidates(&domain, named)?.into_iter();
    let candidates = candidates.filter(|_| !is_timed_out);
    for (number, url) in candidates.enumerate() {
        if !trusts(&url) {
            return Err(stray(&domain, &url));
        }
        match settle(web, url, &trusts) {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => {}
            // The domain may have named others.
            Err(error) if error.kind == Kind::Unreachable && number + 1 < count => {
                unreachable = unreachable.or(Some(error));
            }
            Err(error) if error.kind == Kind::Unreachable && silence.is_some() => break,
            Err(error) => return Err(unreachable.unwrap_or(error).hint(asked)),
        }
    }
    let error = unreachable.unwrap_or_else(|| {
        let what = match silence {
            Some(silence) => format!("nobody knows where {domain} has its calendars: {silence}"),
            None => format!("{domain} does not tell where its calendars are"),
        };
        Error::new(Kind::NotFound, what)
    });
    Err(error.hint(asked))
}

/// Where the name servers say that a domain has its calendars (RFC 6764 3 and 4).
fn ask_names(domain: &str, seed: [u8; 16]) -> Answer<String> {
    let servers = dns::name_servers();
    let name = format!("_caldavs._tcp.{domain}");
    let [a, b, random @ .., _, _, _, _, _, _] = seed;
    let services = dns::find_services(&name, &servers, random);
    let services = match services {
        Answer::Records(services) => services,
        Answer::Nothing => return Answer::Nothing,
        Answer::Nobody(asked) => return Answer::Nobody(asked),
    };
    let texts = match dns::find_texts(&name, &servers, [a, b]) {
        Answer::Records(texts) => texts,
        Answer::Nothing | Answer::Nobody(_) => Vec::new(),
    };
    let mut paths = texts.iter().filter_map(|text| text.strip_prefix("path="));
    let path = paths.find(|path| path.starts_with('/'));
    let path = path.unwrap_or("/.well-known/caldav");
    let urls = services.into_iter().take(SERVICES);
    let urls = urls.map(|Service { host, port }| format!("https://{host}:{port}{path}"));
    Answer::Records(urls.collect())
}

/// Where a domain may have its calendars, the likeliest first.
fn candidates(domain: &str, named: Vec<String>) -> Result<Vec<Url>> {
    let mut texts = named;
    texts.push(format!("https://{domain}/.well-known/caldav"));
    texts.push(format!("https://{domain}/"));
    let urls = texts.iter().map(|text| Url::parse(text));
    urls.collect::<Result<_, _>>()
        .map_err(|_| Error::usage(format!("the domain {domain} can't be asked for calendars")))
}

/// Follows redirects without a password to where a calendar server answers; none: there is none.
fn settle(web: &Web, url: Url, trusts: &dyn Fn(&Url) -> bool) -> Result<Option<Url>> {
    let (from, mut url) = (url.clone(), url);
    for _ in 0..=REDIRECTS {
        let answer = web.ask(&resource::question(&url, "0"), None);
        let answer = answer.map_err(|none| no_answer(&url, &none))?;
        match answer.redirect() {
            Some(there) if !trusts(&there) => return Err(stray(&shown_host(&from), &there)),
            Some(there) => url = there,
            None => return Ok(matches!(answer.status, 207 | 401).then_some(url)),
        }
    }
    Err(circles(&from))
}

/// Whether the settings name this very calendar and no other.
fn is_meant(resource: &Resource, target: &Target) -> bool {
    let wanted = target.calendar.as_deref();
    resource.is_calendar && wanted.is_none_or(|wanted| resource.label() == wanted)
}

/// Whoever is signed in.
struct Account {
    /// What the first answer was about.
    start: Option<Resource>,
    principal: Resource,
}

impl Account {
    fn get(client: &Client, start: &Url) -> Result<Self> {
        let mut first = take_first(look(client, start, "0")?, start)?;
        if first.is_anonymous && client.sign_in_first()? {
            first = take_first(look(client, start, "0")?, start)?;
        }
        let principal = match &first.principal {
            Some(url) => take_first(look(client, url, "0")?, url)?,
            None => first.clone(),
        };
        let start = first.is_calendar.then_some(first);
        Ok(Self { start, principal })
    }

    fn list_calendars(&self, client: &Client) -> Result<Vec<Resource>> {
        let homes = &self.principal.homes;
        if homes.is_empty() {
            let (host, user) = (client.host(), client.user());
            return Err(Error::new(
                Kind::NotFound,
                format!("{host} tells of no calendars of {user}"),
            )
            .hint("set url in [calendar] of the settings to the address of the calendar itself"));
        }
        let mut found = Vec::new();
        for home in homes {
            let inside = look(client, home, "1")?.into_iter();
            found.extend(inside.filter(|r| r.is_calendar && r.holds_meetings));
        }
        Ok(found)
    }

    /// RFC 6638 9.2. What the inbox does not tell is no trouble.
    fn get_default(&self, client: &Client) -> Result<Option<Url>> {
        let Some(inbox) = self
            .principal
            .inbox
            .as_ref()
            .filter(|url| client.trusts(url))
        else {
            return Ok(None);
        };
        let answer = client.ask(resource::question(inbox, "0"))?;
        let found = resource::read(&answer).unwrap_or_default();
        Ok(found.into_iter().find_map(|resource| resource.default))
    }

    /// Whether the server takes an organizer for this user. One that does not say knows its users
    /// by their mail address.
    fn has_address(&self, mail: &str) -> bool {
        let known = self.principal.addresses.as_ref();
        known.is_none_or(|known| known.iter().any(|known| *known == mail.to_lowercase()))
    }
}

fn take_first(found: Vec<Resource>, url: &Url) -> Result<Resource> {
    let first = found.into_iter().next();
    first.ok_or_else(|| unreachable(url, "its answer is about nothing"))
}

/// The calendar that was meant.
fn choose(
    found: &[Resource],
    user: &Account,
    target: &Target,
    client: &Client,
) -> Result<Resource> {
    let chosen = match target.calendar.as_deref() {
        Some(wanted) => find_named(found, wanted),
        None => choose_default(found, user.get_default(client)?),
    };
    let [one] = chosen.as_slice() else {
        return Err(choice_error(chosen.len(), target, &client.host()).hint(list(found)));
    };
    check_fit(one, client).map_err(|error| error.hint(list(found)))
}

/// A calendar that meetings can be put on.
fn check_fit(calendar: &Resource, client: &Client) -> Result<Resource> {
    let (label, host) = (calendar.label(), client.host());
    let why = match (calendar.holds_meetings, calendar.is_writable) {
        (true, true) => return Ok(calendar.clone()),
        (false, _) => format!("the calendar '{label}' on {host} does not hold meetings"),
        (_, false) => format!(
            "{} may only read the calendar '{label}' on {host}",
            client.user()
        ),
    };
    Err(Error::new(Kind::Refused, why))
}

/// By the name, else by the name whatever its case, else by the path.
fn find_named<'a>(found: &'a [Resource], wanted: &str) -> Vec<&'a Resource> {
    let is_named = |resource: &Resource| resource.label() == wanted;
    let like = |resource: &Resource| resource.label().to_lowercase() == wanted.to_lowercase();
    let path = wanted.trim_matches('/');
    let at = |r: &Resource| r.url.path().trim_matches('/') == path || r.path_end() == path;
    let rules: [&dyn Fn(&Resource) -> bool; 3] = [&is_named, &like, &at];
    let mut sets = rules
        .iter()
        .map(|rule| found.iter().filter(|r| rule(r)).collect());
    sets.find(|set: &Vec<&Resource>| !set.is_empty())
        .unwrap_or_default()
}

/// The default one, else all that can be written to.
fn choose_default(found: &[Resource], default: Option<Url>) -> Vec<&Resource> {
    let bare = |url: &Url| url.path().trim_end_matches('/').to_owned();
    let default = default.and_then(|url| found.iter().find(|r| bare(&r.url) == bare(&url)));
    match default {
        Some(default) => vec![default],
        None => found.iter().filter(|r| r.is_writable).collect(),
    }
}

/// None or several are left.
fn choice_error(count: usize, target: &Target, host: &str) -> Error {
    let what = match (target.calendar.as_deref(), count) {
        (Some(wanted), 0) => format!("{host} has no calendar '{wanted}' for meetings"),
        (Some(wanted), _) => format!("{host} has {count} calendars '{wanted}'"),
        (None, 0) => format!("{host} has no calendar that meetings can be put on"),
        (None, _) => format!("{host} has {count} calendars, none of them the default one"),
    };
    Error::new(Kind::NotFound, what)
}

/// The calendars that there are, and how to name one.
fn list(found: &[Resource]) -> String {
    let is_twin = |calendar: &Resource| {
        found
            .iter()
            .filter(|c| c.label() == calendar.label())
            .count()
            > 1
    };
    let names = found
        .iter()
        .take(NAMED)
        .map(|calendar| match is_twin(calendar) {
            true => format!(
                "'{}' ({})",
                calendar.label(),
                printable(calendar.url.path())
            ),
            false => format!("'{}'", calendar.label()),
        });
    let names: Vec<String> = names.collect();
    let more = match found.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    match names.is_empty() {
        true => "make one there, or set url in [calendar] of the settings".to_owned(),
        false => format!(
            "it has {}{more}: set calendar in [calendar] of the settings to one of them",
            names.join(", ")
        ),
    }
}

/// Entries stand below it, so it ends with a slash.
fn collection(mut url: Url) -> Url {
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_asked_where_it_says_then_where_everybody_would_look() {
        let usual = [
            "https://example.com/.well-known/caldav",
            "https://example.com/",
        ];
        for first in [
            None,
            Some("https://dav.example.com:8443/.well-known/caldav"),
            Some("https://dav.example.com:8443/a/"),
        ] {
            let named = first.into_iter().map(str::to_owned).collect();
            let found = candidates("example.com", named).unwrap();
            let expected: Vec<&str> = first.into_iter().chain(usual).collect();
            assert_eq!(found.iter().map(Url::as_str).collect::<Vec<_>>(), expected);
        }
    }
}
