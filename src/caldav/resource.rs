//! What a server says about its resources: PROPFIND (RFC 4918 9.1), read by local names.

use reqwest::Url;

use crate::caldav::address;
use crate::caldav::client::{Client, unreachable};
use crate::caldav::refusal;
use crate::error::Result;
use crate::net::http::{Answer, Request, printable};
use crate::xml::{Document, Element, Tag, document};

/// Resources of one answer that are looked at.
const MOST: usize = 2000;
/// Largest answer that is read, in octets.
const LARGEST: usize = 4 << 20;
/// Everything that is ever asked for; what a resource has not, it leaves out.
const PROPERTIES: [&str; 10] = [
    "D:resourcetype",
    "D:displayname",
    "D:current-user-principal",
    "D:current-user-privilege-set",
    "C:calendar-home-set",
    "C:calendar-user-address-set",
    "C:schedule-inbox-URL",
    "C:schedule-default-calendar-URL",
    "C:supported-calendar-component-set",
    "D:getetag",
];

/// A resource as its server describes it. Addresses are resolved but not trusted yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Resource {
    pub(super) url: Url,
    /// What people call it.
    pub(super) name: Option<String>,
    pub(super) is_calendar: bool,
    /// It may hold VEVENTs (RFC 4791 5.2.3).
    pub(super) holds_meetings: bool,
    /// The user may write (RFC 3744 5.4); true if the server does not say.
    pub(super) is_writable: bool,
    /// Who is signed in (RFC 5397).
    pub(super) principal: Option<Url>,
    /// The server says that nobody is signed in.
    pub(super) is_anonymous: bool,
    /// Where the user's calendars are (RFC 4791 6.2.1).
    pub(super) homes: Vec<Url>,
    /// Where the server puts what others send (RFC 6638 2.2.1).
    pub(super) inbox: Option<Url>,
    /// The calendar for what the user is invited to (RFC 6638 9.2).
    pub(super) default: Option<Url>,
    /// Mail addresses of the user in lower case (RFC 6638 2.4.1); none: the server does not say.
    pub(super) addresses: Option<Vec<String>>,
}

/// The PROPFIND that asks for all of it.
pub(super) fn question(url: &Url, depth: &str) -> Request {
    let properties = PROPERTIES.iter().map(|name| Tag::new(*name));
    let body = document(dav("D:propfind").child(Tag::new("D:prop").children(properties)));
    Request::new("PROPFIND", url)
        .header("Depth", depth)
        .body("application/xml; charset=utf-8", &body)
}

/// A root element with the two namespaces.
pub(super) fn dav(name: &str) -> Tag {
    Tag::new(name)
        .attribute("xmlns:D", "DAV:")
        .attribute("xmlns:C", "urn:ietf:params:xml:ns:caldav")
}

/// Asks about a resource, or with depth 1 about what is in it too.
pub(super) fn look(client: &Client, url: &Url, depth: &str) -> Result<Vec<Resource>> {
    let answer = client.ask(question(url, depth))?;
    if answer.status != 207 {
        return Err(refusal::of(&answer, "the question about the calendars"));
    }
    read(&answer)
}

/// The resources of a multistatus answer.
pub(super) fn read(answer: &Answer) -> Result<Vec<Resource>> {
    hrefs(answer, |response, url| {
        Resource::of(response, url, &answer.url)
    })
}

/// The addresses of a multistatus answer, with what `read` makes of each response.
pub(super) fn hrefs<T>(answer: &Answer, read: impl Fn(Element<'_>, Url) -> T) -> Result<Vec<T>> {
    let document = Document::parse(&answer.body, LARGEST).map_err(|error| {
        let why = format!("its answer can't be read: {error}");
        unreachable(&answer.url, &why)
    })?;
    let responses = document.root().children("response").take(MOST);
    let read = responses.filter_map(|response| {
        let url = href(response, &answer.url)?;
        Some(read(response, url))
    });
    Ok(read.collect())
}

/// The first `href` right below an element.
pub(super) fn href(element: Element<'_>, base: &Url) -> Option<Url> {
    let text = element.child("href")?.token()?;
    base.join(&text).ok()
}

impl Resource {
    fn of(response: Element<'_>, url: Url, base: &Url) -> Self {
        let known = |name| property(response, name);
        let link = |name| known(name).and_then(|found| href(found, base));
        let kind = known("resourcetype");
        let principal = known("current-user-principal");
        let name = known("displayname").and_then(Element::token);
        let homes = known("calendar-home-set").into_iter();
        let homes = homes.flat_map(|set| set.children("href"));
        Self {
            url,
            name: name.map(|name| printable(&name)),
            is_calendar: kind.is_some_and(|kind| kind.child("calendar").is_some()),
            holds_meetings: known("supported-calendar-component-set").is_none_or(holds_meetings),
            is_writable: known("current-user-privilege-set").is_none_or(is_writable),
            principal: link("current-user-principal"),
            is_anonymous: principal.is_some_and(|p| p.child("unauthenticated").is_some()),
            homes: homes
                .filter_map(|h| base.join(&h.token()?).ok())
                .take(8)
                .collect(),
            inbox: link("schedule-inbox-URL"),
            default: link("schedule-default-calendar-URL"),
            addresses: known("calendar-user-address-set").map(addresses),
        }
    }

    /// What people call it, else the end of its path.
    pub(super) fn label(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.path_end())
    }

    /// The last part of its path.
    pub(super) fn path_end(&self) -> String {
        let path = self.url.path().trim_end_matches('/');
        let end = path.rsplit('/').next().unwrap_or_default();
        printable(&address::unescape(end).unwrap_or_else(|| end.to_owned()))
    }
}

/// A property that the resource has; the others come with 404 or the like.
fn property<'d>(response: Element<'d>, name: &str) -> Option<Element<'d>> {
    let mut found = response.children("propstat").filter(|propstat| {
        let status = propstat.child("status").and_then(Element::token);
        let code = status.as_deref().and_then(|s| s.split_whitespace().nth(1));
        code.is_none_or(|code| code.starts_with('2'))
    });
    found.find_map(|propstat| propstat.at(&["prop", name]))
}

fn holds_meetings(set: Element<'_>) -> bool {
    let mut components = set.children("comp");
    components.any(|c| {
        c.attribute("name")
            .is_some_and(|n| n.eq_ignore_ascii_case("VEVENT"))
    })
}

fn is_writable(set: Element<'_>) -> bool {
    let privileges = set.children("privilege").flat_map(Element::elements);
    let mut names = privileges.map(Element::name);
    names.any(|name| matches!(name, "all" | "write" | "write-content" | "bind"))
}

fn addresses(set: Element<'_>) -> Vec<String> {
    let all = set.children("href").filter_map(Element::token);
    let mails = all.filter_map(|uri| {
        let (scheme, mail) = uri.split_once(':')?;
        let mail = address::unescape(mail)?;
        scheme
            .eq_ignore_ascii_case("mailto")
            .then(|| mail.to_lowercase())
    });
    mails.take(100).collect()
}
