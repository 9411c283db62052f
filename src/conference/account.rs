//! Whose a conference is: an account of a service, `SCHEME:ADDRESS`. The scheme is the service's:
//! `sip:ana@example.com` on a pool, `teams:ana@example.com` on Teams.

/// What an account begins with where nothing says otherwise: on the practice pool of this computer.
const USUAL: &str = "sip";

/// The account that somebody of that address has on the same service as `like`; without one on the
/// practice pool.
pub fn account_of(address: &str, like: Option<&str>) -> String {
    let scheme = like.and_then(|account| account.split_once(':'));
    let (scheme, _) = scheme.unwrap_or((USUAL, ""));
    format!("{scheme}:{address}")
}

/// The address of an account, which is taken to be a mail address.
pub fn account_address(account: &str) -> &str {
    account
        .split_once(':')
        .map_or(account, |(_, address)| address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_leads_to_an_address_and_to_others_on_the_same_service() {
        assert_eq!(account_address("teams:ana@example.com"), "ana@example.com");
        assert_eq!(account_address("ana@example.com"), "ana@example.com");
        for (like, account) in [
            (Some("teams:ana@example.com"), "teams:bo@example.com"),
            (Some("sip:ana@example.com"), "sip:bo@example.com"),
            (None, "sip:bo@example.com"),
        ] {
            assert_eq!(account_of("bo@example.com", like), account);
        }
    }
}
