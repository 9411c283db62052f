//! The words of C3P. All sets but the commands and the codes are open: a word not known here is
//! kept and written back as it came.

use crate::proto::words::closed_words;

/// Makes an open set of words: known ones are recognised whatever their case and by their other
/// names, and written in the first form.
macro_rules! open_words {
    (
        $(#[$about:meta])*
        $name:ident { $($(#[$doc:meta])* $word:ident = $text:literal $(| $alias:literal)*,)+ }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$doc])* $word,)+
            /// Any other word, as it came.
            Other(String),
        }

        impl $name {
            /// The word as it goes over the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$word => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                $(if [$text $(, $alias)*].iter().any(|known| known.eq_ignore_ascii_case(text)) {
                    return Self::$word;
                })+
                Self::Other(text.to_owned())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

open_words! {
    /// Who is admitted. Absent means `openAuthenticated`. The second and third spelling are (INF).
    AdmissionPolicy {
        /// Any authenticated user of the enterprise; federated ones only if listed.
        OpenAuthenticated = "openAuthenticated",
        /// Listed users only.
        ClosedAuthenticated = "closedAuthenticated",
        /// Everybody, with the passcode where there is one.
        Anonymous = "anonymous",
    }
}

open_words! {
    /// A kind of media server: what a conference can have ([MS-CONFPRO] 4.7).
    McuType {
        /// Instant messages.
        Chat = "chat",
        /// Sound and picture; phone callers too.
        AudioVideo = "audio-video",
        /// Shared content of the Live Meeting console.
        Meeting = "meeting",
        /// An audio conferencing provider's telephone bridge.
        PhoneConf = "phone-conf",
        /// Shared desktops and applications; since OCS 2007 R2.
        ApplicationSharing = "applicationsharing",
        /// Shared content of Lync's clients; the name is recalled, not confirmed (U).
        DataConf = "data-conf",
    }
}

open_words! {
    /// What somebody may do in a conference ([MS-CONFBAS] 2.2.3.4).
    Role {
        /// Shares, and lets people in.
        Presenter = "presenter",
        /// Watches and listens.
        Attendee = "attendee",
    }
}

open_words! {
    /// Why a Focus Factory failed. Confirmed on the wire are `otherFailure` ([MS-CONFPRO] 2.2.3.8)
    /// and the two of the Focus; all other first spellings are (GUESS), made after the same pattern
    /// from the programming interface's names, which are taken as well.
    Reason {
        /// The organizer has a conference of that id.
        ConferenceExists = "conferenceExistsAlready" | "conferenceExists",
        /// The organizer has no conference of that id.
        ConferenceDoesNotExist = "conferenceDoesntExist" | "conferenceDoesNotExist",
        /// The conference-id is not 8 to 32 letters and digits.
        InvalidConferenceId = "invalidConferenceId",
        /// An admission policy that the pool doesn't know.
        InvalidAdmissionPolicy = "invalidAdmissionPolicy",
        /// The organizer may not invite anonymous people.
        AnonymousUsersNotAllowed = "anonymousUsersNotAllowed",
        /// The organizer may not invite people of other organisations.
        FederatedUsersNotAllowed = "federatedUsersNotAllowed",
        /// Expiry in the past, or too far in the future.
        InvalidExpiryTime = "invalidExpiryTime",
        /// The passcode is missing, too short, too long, or has letters where digits are wanted.
        InvalidPasscode = "invalidPasscode",
        /// The client's certificate is none.
        InvalidEncryptionKey = "invalidEncryptionKey",
        /// The passcode was sealed for another certificate than the Focus Factory's present one.
        InvalidEncryptionKeyUsed = "invalidEncryptionKeyUsed",
        /// An address of a participant is none.
        InvalidUserEntity = "invalidUserEntity",
        /// A role that the pool doesn't know.
        InvalidRole = "invalidRole",
        /// The conference was changed since it was read.
        InvalidVersion = "invalidVersion",
        /// The organizer has as many conferences as allowed.
        MaximumConferencesExceeded = "maxConferencesExceeded" | "maximumConferencesExceeded",
        /// More participants than the organizer's policy allows.
        MaximumMeetingSizeExceeded = "maxMeetingSizeExceeded" | "maximumMeetingSizeExceeded",
        /// The pool has no media server of a kind that was asked for.
        McuTypeNotAvailable = "mcuTypeNotAvailable",
        /// Settings of a media server over the pool's limit.
        EntitySettingsTooLarge = "entitySettingsTooLarge",
        /// Notification data over the pool's limit.
        NotificationDataTooLarge = "notificationDataTooLarge",
        /// Organizer's data over the pool's limit.
        OrganizerRoamingDataTooLarge = "organizerRoamingDataTooLarge",
        /// The pool can't do this.
        NotSupported = "notSupported",
        /// The organizer may not do this.
        Forbidden = "forbidden",
        /// An autopromote value that the pool doesn't know.
        InvalidAutopromoteValue = "invalidAutopromoteValue" | "invalidAutomaticPromoteValue",
        /// The assigned conference is there already, or may not be made so.
        InvalidStaticMeetingRequest = "invalidStaticMeetingRequest",
        /// No such user.
        UserDoesNotExist = "userDoesntExist" | "userDoesNotExist",
        /// No such endpoint.
        EndpointDoesNotExist = "endpointDoesntExist" | "endpointDoesNotExist",
        /// Anything else.
        OtherFailure = "otherFailure" | "other",
    }
}

closed_words! {
    /// The eight commands, in the order of [MS-CONFPRO] 2.2.2.
    CommandName {
        /// `addConference`
        AddConference = "addConference",
        /// `modifyConference`
        ModifyConference = "modifyConference",
        /// `deleteConference`
        DeleteConference = "deleteConference",
        /// `getConference`
        GetConference = "getConference",
        /// `getConferences`
        GetConferences = "getConferences",
        /// `getEncryptionKey`
        GetEncryptionKey = "getEncryptionKey",
        /// `getAvailableMcuTypes`
        GetAvailableMcuTypes = "getAvailableMcuTypes",
        /// `getConferencingCapabilities`
        GetConferencingCapabilities = "getConferencingCapabilities",
    }
}

closed_words! {
    /// How a request ended. A Focus Factory has no third word ([MS-CONFPRO] 2.2.3).
    Code {
        /// `success`
        Success = "success",
        /// `failure`
        Failure = "failure",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_known_by_both_names_in_any_case() {
        for text in [
            "conferenceDoesntExist",
            "ConferenceDoesNotExist",
            "CONFERENCEDOESNTEXIST",
        ] {
            assert_eq!(Reason::from(text), Reason::ConferenceDoesNotExist);
        }
        assert_eq!(
            Reason::ConferenceDoesNotExist.as_str(),
            "conferenceDoesntExist"
        );
        assert_eq!(Reason::from("otherFailure"), Reason::OtherFailure);
    }

    #[test]
    fn unknown_words_are_kept_as_they_came() {
        assert_eq!(Reason::from("quotaOnTuesdays").as_str(), "quotaOnTuesdays");
        assert_eq!(
            McuType::from("video-wall"),
            McuType::Other("video-wall".to_owned())
        );
    }

    #[test]
    fn every_command_is_known_by_its_exact_name() {
        for &name in CommandName::ALL {
            assert_eq!(CommandName::parse(name.as_str()), Some(name));
        }
        assert_eq!(CommandName::parse("getAvailableMcuType"), None);
        assert_eq!(CommandName::parse("addconference"), None);
        assert_eq!(Code::parse("pending"), None);
    }
}
