//! Provisioning documents from a hostile peer: what is read is written so that it reads the same,
//! and no address becomes one that should not be opened.
#![no_main]

use confctl::proto::provisioning::{Provisioning, Query, dial_in_page};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(query) = Query::decode(bytes) {
        let _ = Provisioning::default().encode(&query);
        assert_eq!(Query::decode(&query.encode()), Ok(query));
    }
    if let Ok(answer) = Provisioning::decode(bytes) {
        let written = answer.encode(&Query::default());
        for address in [&answer.cwa_internal_uri, &answer.cwa_external_uri] {
            look_at(address.as_deref().unwrap_or_default());
        }
        assert_eq!(Provisioning::decode(&written), Ok(answer));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        look_at(text);
    }
});

fn look_at(address: &str) {
    for version in [None, Some(3), Some(4)] {
        let Some(page) = dial_in_page(version, address) else {
            continue;
        };
        let lower = page.to_ascii_lowercase();
        assert!(lower.starts_with("http://") || lower.starts_with("https://"));
        assert!(page.bytes().all(|byte| byte.is_ascii_graphic()));
        assert!(!page.contains(['"', '\'', '<', '>', '\\', '`', '@']));
        assert_eq!(dial_in_page(version, &page), Some(page));
    }
}
