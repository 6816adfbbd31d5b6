//! The flags of `kea-lfc`.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use lexopt::Arg;
use model::Family;
use store::LeaseFiles;

pub(super) const USAGE: &str = "\
Usage: kea-lfc
 [-4|-6] -p file -x file -i file -o file -f file -c file
   -4 or -6 clean a set of v4 or v6 lease files
   -p <file>: PID file
   -x <file>: previous or ex lease file
   -i <file>: copy of lease file
   -o <file>: output lease file
   -f <file>: finish file
   -c <file>: configuration file
   -v: print version number and exit
   -V: print extended version information and exit
   -d: optional, verbose output 
   -h: print this message 
";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Action {
    Clean(Arguments),
    Usage,
    Version,
    ExtendedVersion,
    Report,
}

/// The files to clean.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Arguments {
    pub(super) family: Family,
    /// The name of the current file is not given and not needed.
    pub(super) files: LeaseFiles,
    /// Named and never read.
    pub(super) config: PathBuf,
    pub(super) verbose: bool,
}

/// What is wrong with a command line, in Kea's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum UsageError {
    #[error("DHCP version required")]
    Family,
    #[error("PID file not specified")]
    Pid,
    #[error("Previous file not specified")]
    Previous,
    #[error("Copy file not specified")]
    Copy,
    #[error("Output file not specified")]
    Output,
    #[error("Finish file not specified")]
    Finish,
    #[error("Config file not specified")]
    Config,
    #[error("Unknown argument")]
    Unknown,
    #[error("Missing option argument")]
    MissingValue,
    #[error("Extraneous parameters.")]
    Extraneous,
}

#[derive(Default)]
struct Given {
    family: Option<Family>,
    pid: Option<PathBuf>,
    previous: Option<PathBuf>,
    copy: Option<PathBuf>,
    output: Option<PathBuf>,
    finish: Option<PathBuf>,
    config: Option<PathBuf>,
    verbose: bool,
}

impl Arguments {
    pub(super) fn parse(words: impl Iterator<Item = OsString>) -> Result<Action, UsageError> {
        let mut parser = lexopt::Parser::from_args(words);
        let mut given = Given::default();
        let mut extraneous = false;
        while let Some(arg) = parser.next().map_err(|_unknown| UsageError::Unknown)? {
            let option = match arg {
                Arg::Short(option) => option,
                Arg::Value(_) => {
                    extraneous = true;
                    continue;
                }
                Arg::Long(_) => return Err(UsageError::Unknown),
            };
            match option {
                '4' => given.family = Some(Family::V4),
                '6' => given.family = Some(Family::V6),
                'd' => given.verbose = true,
                'h' => return Ok(Action::Usage),
                'v' => return Ok(Action::Version),
                'V' => return Ok(Action::ExtendedVersion),
                'W' => return Ok(Action::Report),
                'p' | 'x' | 'i' | 'o' | 'f' | 'c' => {
                    let value = parser.value().map_err(|_missing| UsageError::MissingValue)?;
                    *given.file(option) = Some(value.into());
                }
                _ => return Err(UsageError::Unknown),
            }
        }
        if extraneous { Err(UsageError::Extraneous) } else { given.complete().map(Action::Clean) }
    }
}

impl Given {
    fn file(&mut self, option: char) -> &mut Option<PathBuf> {
        match option {
            'p' => &mut self.pid,
            'x' => &mut self.previous,
            'i' => &mut self.copy,
            'o' => &mut self.output,
            'f' => &mut self.finish,
            _ => &mut self.config,
        }
    }

    fn complete(self) -> Result<Arguments, UsageError> {
        let there = |file: Option<PathBuf>, missing| file.filter(|file| !file.as_os_str().is_empty()).ok_or(missing);
        Ok(Arguments {
            family: self.family.ok_or(UsageError::Family)?,
            files: LeaseFiles {
                current: PathBuf::new(),
                pid: there(self.pid, UsageError::Pid)?,
                previous: there(self.previous, UsageError::Previous)?,
                copy: there(self.copy, UsageError::Copy)?,
                output: there(self.output, UsageError::Output)?,
                completed: there(self.finish, UsageError::Finish)?,
            },
            config: there(self.config, UsageError::Config)?,
            verbose: self.verbose,
        })
    }
}

impl fmt::Display for Arguments {
    /// Writes the list that `-d` begins with.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Protocol version:    DHCPv{}", self.family.digit())?;
        writeln!(f, "Previous or ex lease file: {}", self.files.previous.display())?;
        writeln!(f, "Copy lease file:           {}", self.files.copy.display())?;
        writeln!(f, "Output lease file:         {}", self.files.output.display())?;
        writeln!(f, "Finish file:               {}", self.files.completed.display())?;
        writeln!(f, "Config file:               {}", self.config.display())?;
        writeln!(f, "PID file:                  {}", self.files.pid.display())
    }
}
