//! The pool's protocols without sockets, files, clock or randomness: bytes in, steps out.
//!
//! Both sides of the wire use the same codecs: `pool` as the client, `practice` as the server. So that
//! they do not test each other by their own mirror, a practice pool can answer in other legal forms
//! (`pool serve --spelling`), and what real servers have sent is in vectors beside the codecs.
//!
//! # What nobody has confirmed
//!
//! Each of these stands in one place, marked there with the word in the second column: `INF` follows
//! from something known, `GUESS` follows from nothing, `U` is said by somebody who may be wrong. The
//! last column has what a user can set or type meanwhile, if the pool is otherwise.
//!
//! | fact | mark | where it would change | what a user can do |
//! | --- | --- | --- | --- |
//! | Every pool takes the LMv2 response beside the NTLMv2 one, as Communicator sends it | INF | `proto/auth/ntlm_password.rs` | none |
//! | Names are put into capitals one UTF-16 unit at a time | INF | `proto/auth/ntlm_password.rs` | `login` as `user@domain`, or typed in capitals |
//! | No pool demands a MIC | INF | `proto/auth/ntlm.rs` | none |
//! | A version of authentication after 4 would sign like 4 | INF | `proto/auth/mod.rs` | none |
//! | An epid may have 16 characters | U | `practice/registrar.rs` | none; ours have 12 |
//! | The form of `P-Preferred-Registrar` in a deregistration | GUESS | `practice/registrar.rs` | `server` |
//! | What a request for somebody else says: `P-Session-On-Behalf-Of`, his Focus Factory, his address in `from` | GUESS | `proto/c3p/address.rs` | sign in as that person |
//! | The Focus Factory's address follows from the organizer's where provisioning does not tell it | INF | `proto/c3p/address.rs` | none |
//! | A change replaces the conference, names the version it was made from, and gets the passcode sealed anew | INF | `proto/c3p/command.rs`, `proto/c3p/conference_info.rs`, `backend/pool/changing.rs` | `cancel`, then `schedule` |
//! | deleteConference names the conference in `conferenceKeys` | INF | `proto/c3p/command.rs` | none; what is not deleted expires |
//! | What add and modify answer: the focus URI, perhaps the version | GUESS | `proto/c3p/answer.rs` | none; more and less are understood |
//! | What is around the conferences of a list | INF | `proto/c3p/answer.rs` | none; anything is understood |
//! | Where getEncryptionKey's answer has the certificate | GUESS, INF | `proto/c3p/encryption_key.rs` | none; anywhere is understood. `--access open --no-dial-in` needs none |
//! | How a passcode is sealed, and encoded | GUESS | `proto/c3p/passcode.rs` | none; two forms are tried. `--access open --no-dial-in` needs none |
//! | A pool that can't open a sealed passcode may say `otherFailure` | GUESS | `backend/pool/passcodes.rs` | none |
//! | Places of `passcode-optional` and `join-url` among the others, what they mean, what `conference-key` holds | GUESS, INF | `proto/c3p/description.rs` | `join_base` for the link |
//! | The reserved id of assigned conferences on OCS 2007 R2, 31 characters | U | `proto/c3p/mod.rs`, `backend/pool/finding.rs` | `assigned_id`; `--id new` |
//! | A Focus Factory keeps conferences of up to 960 KB, and people of up to 900 KB | GUESS | `proto/c3p/mod.rs`, `conference/plan/violation.rs` | none |
//! | Namespace, `enabled`, languages and page addresses of the capabilities | GUESS, INF | `proto/c3p/capabilities.rs` | none; all forms are understood. `settings_page` for the page |
//! | Words of admission policies but one, of reasons but three, and `data-conf` | GUESS, INF, U | `proto/c3p/vocabulary.rs` | `--access` for another policy; `conference-call` for another medium |
//! | Names of settings and policies but four, which groups a pool leaves out | INF | `proto/provisioning/answer.rs`, `proto/provisioning/mod.rs` | `settings_page`; `--no-dial-in` |
//! | The page is `/dialin` of Communicator Web Access up to 2007 R2, and told whole later | INF | `proto/provisioning/dial_in_page.rs` | `settings_page` |
//! | The rest of the provisioning follows within half a second | GUESS | `backend/pool/offer.rs` | none |
//! | On 2007 R2 the region is that of the location profile's name | INF | `backend/pool/offer.rs` | `--region` |
//! | `RTC/4` and later in `Server` is Lync or Skype for Business; some pools took two minutes for a conference | INF, U | `backend/pool/mod.rs` | `dialect`; `timeout` |
//! | Shared content makes a conference a Live Meeting; how a locked one is written | INF | `backend/pool/wanted.rs` | `--access closed` |
//! | Which diagnostics go with which mistake, and the refusal of a delegate before Lync | GUESS | `practice/focus_factory.rs` | none; by number and status alone |
//! | The number of a refusal for too many connections | GUESS | `practice/connection.rs` | none; by status alone |
//! | In which order a pool checks a conference; that a change without a passcode keeps it | GUESS | `practice/checks.rs` | none |
//! | A conference is forgotten a day after it has expired, a list that is too long is cut | GUESS, INF | `practice/conferences.rs` | none |
//! | Blobs of an organizer may have 16 KB | GUESS | `practice/policy.rs` | none |
//! | Teams: how long a series lasts, that unknown addresses may be refused | GUESS, INF | `backend/graph/meeting.rs`, `backend/graph/mod.rs` | none |
//! | Room for invitations: lengths of links and of LOCATION, many numbers | GUESS | `operation/room.rs`, `calendar_object/ics.rs` | none |
//! | Old servers, as those of Windows Server 2003 and 2008, lack secure renegotiation | U | `net/tls.rs` | `tls = "legacy"` |
//! | Keys of a caller on OCS 2007 R2 | GUESS | `invitation/words/mod.rs` | a template of one's own |

pub mod association;
pub mod auth;
pub mod c3p;
pub mod exchange;
pub mod provisioning;
pub mod sip;
mod words;

/// How practice pools call themselves in their challenges, so that their meetings are known for
/// what they are.
pub const PRACTICE_POOL: &str = "pool.practice.example";
