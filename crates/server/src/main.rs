//! The single binary: arguments, a command, an exit code.

mod access_log;
mod app;
mod ask;
mod census;
mod cli;
mod clock;
mod commands;
mod config;
mod data_dir;
mod deployment;
mod doctor;
mod failure;
mod generate;
mod host;
mod kept;
mod logging;
mod logins;
mod metrics;
mod new_passwords;
mod notify;
mod output;
mod place;
mod presence;
mod private;
mod progress;
mod records;
mod rehearsal;
mod sealing;
mod secrets;
mod shown;
mod signing;
mod started;
mod taken_in;
mod times;
mod trial;
mod users;
mod whoever;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    match cli.command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::tell(&failure);
            ExitCode::from(failure.code())
        }
    }
}
