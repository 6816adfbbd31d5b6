//! Both ends of the road: a file's text to a configuration, and a configuration's tree to text and hash.

use model::Family;

use crate::error::ConfigError;
use crate::json::{Loader, Warning};
use crate::resolve::resolve;
use crate::surroundings::{Directories, Origin, Surroundings};
use crate::syntax::{self, SyntaxErrors};
use crate::{Configuration, configure};

/// Why a file is no configuration.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FileError {
    /// The text breaks the grammar.
    #[error("{0}")]
    Syntax(Box<SyntaxErrors>),
    /// The text follows the grammar but cannot be meant.
    #[error("{0}")]
    Semantic(Box<ConfigError>, Vec<Warning>),
}

/// Reads a configuration file; `name` is what positions carry.
///
/// # Errors
/// [`FileError::Syntax`] with all that breaks the grammar, else [`FileError::Semantic`] with the first thing that is
/// wrong, and the warnings that came before it.
pub fn from_file_text(
    family: Family,
    name: &str,
    text: &str,
    load: &Loader<'_>,
    surroundings: &Surroundings<'_>,
) -> Result<(Configuration, Vec<Warning>), FileError> {
    let (root, warnings) = syntax::read(family, name, text, load).map_err(FileError::Syntax)?;
    match resolve(family, root, Origin::File, surroundings) {
        Ok(configuration) => Ok((configuration, warnings)),
        Err(error) => Err(FileError::Semantic(Box::new(error), warnings)),
    }
}

/// Puts a text through the whole road for both families: what the mutation runs call.
pub fn exercise(text: &str) {
    let directories = Directories {
        data: "/var/lib/kea".to_owned(),
        control_sockets: "/run/kea".to_owned(),
        logs: "/var/log/kea".to_owned(),
        hooks: "/usr/lib/kea/hooks".to_owned(),
    };
    let surroundings = Surroundings {
        interfaces: &[],
        directories: &directories,
        relaxed: true,
        file_mode: &|_| Some(0o750),
        file_text: &|_| None,
    };
    let load = |_: &str| Err(std::io::Error::other("no such file"));
    for family in [Family::V4, Family::V6] {
        if let Ok((configuration, _)) = from_file_text(family, "text", text, &load, &surroundings) {
            configuration.shown.hash();
        }
        if let Ok(root) = crate::json::wire::parse("<wire>", text.as_bytes())
            && let Some(entry) = root.as_map().and_then(<[_]>::first)
            && let Ok(configuration) = configure(family, &entry.value, Origin::Command, &surroundings)
        {
            configuration.shown.file_text();
        }
    }
}
