//! The way of a mail: SMTP, the sendmail program, or a folder.
