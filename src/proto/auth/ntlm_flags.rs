//! What the two sides of an NTLM handshake agree on ([MS-NLMP] 2.2.2.5).

/// A set of negotiated features.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub(super) struct Flags(pub(super) u32);

impl Flags {
    const REQUEST_TARGET: Self = Self(0x0000_0004);
    /// Keys of 128 bits.
    pub(super) const STRONG: Self = Self(0x2000_0000);
    /// Keys of 56 bits.
    pub(super) const FAIR: Self = Self(0x8000_0000);

    /// What OCS 2007 R2 offers, captured.
    pub(super) const OFFERED: Self = Self(0xE298_82F3);
    /// What Communicator 2007 R2 takes of that, captured. `REQUEST_TARGET` comes on top.
    const SUPPORTED: Self = Self(0x6298_8251);

    /// The choice of a client: what both sides can do, and a request for the target. Keys of 56 bits
    /// are chosen where there are no longer ones.
    pub(super) fn choose_from(offered: Self) -> Self {
        let supported = match offered.contains(Self::STRONG) {
            true => Self::SUPPORTED.0,
            false => Self::SUPPORTED.0 | Self::FAIR.0,
        };
        Self(offered.0 & supported | Self::REQUEST_TARGET.0)
    }

    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(super) fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The features that are not in the set, in words; `None` when all are.
    pub(super) fn missing_features(self, required: &[Feature]) -> Option<String> {
        let absent = required.iter().filter(|feature| !self.contains(feature.0));
        let words: Vec<&str> = absent.map(|feature| feature.1).collect();
        (!words.is_empty()).then(|| words.join(", "))
    }
}

/// A flag and what it stands for, in words for a user.
pub(super) struct Feature(Flags, &'static str);

const UNICODE: Feature = Feature(Flags(0x0000_0001), "Unicode text");
const SIGN: Feature = Feature(Flags(0x0000_0010), "signing");
const DATAGRAM: Feature = Feature(Flags(0x0000_0040), "datagram mode");
const NTLM: Feature = Feature(Flags(0x0000_0200), "NTLM authentication");
const ALWAYS_SIGN: Feature = Feature(Flags(0x0000_8000), "signing of every message");
const EXTENDED: Feature = Feature(Flags(0x0008_0000), "extended session security");
const IDENTIFY: Feature = Feature(Flags(0x0010_0000), "identification");
const TARGET_INFO: Feature = Feature(Flags(0x0080_0000), "target information");
const KEY_EXCHANGE: Feature = Feature(Flags(0x4000_0000), "key exchange");

/// What a challenge must offer.
///
/// Keys of 128 bits are not among it, so other clients do without: the key that signs has them anyway, and
/// a weak one makes no more of a signature than a scrambled form of it ([MS-NLMP] 3.4.4.2).
pub(super) const OF_A_CHALLENGE: [Feature; 9] = [
    UNICODE,
    SIGN,
    DATAGRAM,
    NTLM,
    ALWAYS_SIGN,
    EXTENDED,
    IDENTIFY,
    TARGET_INFO,
    KEY_EXCHANGE,
];

/// What an answer must have chosen: the features that the arithmetic of proof and keys rests on.
pub(super) const OF_AN_ANSWER: [Feature; 4] = [UNICODE, DATAGRAM, EXTENDED, KEY_EXCHANGE];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_captured_offer_leads_to_the_captured_choice() {
        assert!(Flags::choose_from(Flags::OFFERED) == Flags(0x6298_8255));
    }

    #[test]
    fn the_longest_keys_on_offer_are_chosen() {
        let weak = Flags::OFFERED.without(Flags::STRONG);
        assert!(Flags::choose_from(weak).contains(Flags::FAIR));
        assert!(!Flags::choose_from(Flags::OFFERED).contains(Flags::FAIR));
        let weakest = weak.without(Flags::FAIR);
        assert!(!Flags::choose_from(weakest).contains(Flags::FAIR));
    }

    #[test]
    fn absent_features_are_named() {
        let lacks = |flags| Flags(flags).missing_features(&OF_A_CHALLENGE);
        assert_eq!(lacks(Flags::OFFERED.0), None);
        assert_eq!(lacks(!0x40).as_deref(), Some("datagram mode"));
        let both = lacks(!0x4000_0040).unwrap();
        assert_eq!(both, "datagram mode, key exchange");
    }
}
