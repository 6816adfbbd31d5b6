//! Why a scenario could not be run at all; a scenario that runs and disagrees is no fault.

/// What stopped a run.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The scenario file is not written in the scenario language.
    #[error("line {line}: {what}")]
    Scenario {
        /// Line number, from 1.
        line: usize,
        /// What was expected and what was found.
        what: String,
    },
    /// The server refuses the scenario's configuration.
    #[error("configuration refused: {why}")]
    Configuration {
        /// The server's words.
        why: String,
    },
    /// The server does not know or failed a command.
    #[error("command {command}: {why}")]
    Command {
        /// The command.
        command: &'static str,
        /// The server's words.
        why: String,
    },
    /// The server is gone or never came up.
    #[error("server: {why}")]
    Server {
        /// What was seen.
        why: String,
    },
    /// A file, socket or program could not be used.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done.
        doing: String,
        /// The system's answer.
        source: std::io::Error,
    },
}

impl Fault {
    /// Wraps an I/O error with what was being done.
    pub fn io(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }

    /// Blames a line of the scenario.
    pub fn scenario(line: usize, what: impl Into<String>) -> Self {
        Self::Scenario { line, what: what.into() }
    }
}
