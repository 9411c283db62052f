//! The program; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    confctl::run(std::env::args_os())
}
