//! The command line of a DHCP daemon.

use model::Family;

/// What the command line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// `-v`: print the version.
    Version,
    /// `-V`: print the version with what it is made of.
    ExtendedVersion,
    /// `-W`: print how it was built.
    BuildReport,
    /// `-t`: check a configuration file.
    Check(Flags),
    /// `-T`: check a configuration file, and whether hooks and databases would load.
    CheckDeeply(Flags),
    /// `-c`: serve.
    Serve(Flags),
}

/// Flags with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flags {
    /// The configuration file.
    pub file: String,
    /// `-d`: log everything.
    pub verbose: bool,
    /// `-X`: paths outside Kea's directories only earn a warning.
    pub relaxed: bool,
    /// `-p`: the port served.
    pub port: u16,
    /// `-P`: the port every reply goes to, if not the usual one.
    pub client_port: Option<u16>,
    /// Every reply goes to the address its query came from, for tests; set by the environment.
    pub to_source: bool,
}

/// Reads the command line, program name left out. Flags act from left to right.
///
/// # Errors
/// The complaint to print above the usage.
pub fn parse(program: &str, family: Family, arguments: &[String]) -> Result<Request, String> {
    let mut flags = Flags {
        file: String::new(),
        verbose: false,
        relaxed: false,
        port: family.pick(67, 547),
        client_port: None,
        to_source: false,
    };
    let mut check = None;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let Some(letters) = argument.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
            return Err("Extraneous parameters.".to_owned());
        };
        let mut letters = letters.chars();
        while let Some(letter) = letters.next() {
            match letter {
                'v' => return Ok(Request::Version),
                'V' => return Ok(Request::ExtendedVersion),
                'W' => return Ok(Request::BuildReport),
                'd' => flags.verbose = true,
                'X' => flags.relaxed = true,
                'c' | 't' | 'T' | 'p' | 'P' => {
                    let value = match letters.as_str() {
                        "" => rest.next().cloned(),
                        attached => Some(attached.to_owned()),
                    };
                    let value = value.ok_or_else(|| format!("{program}: option requires an argument -- '{letter}'"))?;
                    flags.take(letter, value, &mut check)?;
                    break;
                }
                other => return Err(format!("{program}: invalid option -- '{other}'")),
            }
        }
    }
    if flags.file.is_empty() {
        return Err("Configuration file not specified.".to_owned());
    }
    Ok(match check {
        None => Request::Serve(flags),
        Some('t') => Request::Check(flags),
        Some(_) => Request::CheckDeeply(flags),
    })
}

impl Flags {
    fn take(&mut self, letter: char, value: String, check: &mut Option<char>) -> Result<(), String> {
        match letter {
            'p' => self.port = port("server", &value)?,
            'P' => self.client_port = Some(port("client", &value)?),
            checking => {
                self.file = value;
                if checking != 'c' {
                    *check = Some(checking);
                }
            }
        }
        Ok(())
    }
}

fn port(whose: &str, value: &str) -> Result<u16, String> {
    let complaint = || format!("Failed to parse {whose} port number: [{value}], 1-65535 allowed.");
    value.parse().ok().filter(|port| *port != 0).ok_or_else(complaint)
}

/// Gives the usage, as it follows a complaint.
pub fn usage(program: &str, family: Family) -> String {
    format!(
        "Kea DHCPv{} server, version {} (stable)

Usage: {program} -[v|V|W|X] [-d] [-{{c|t|T}} cfgfile] [-p number] [-P number]
  -v: print version number and exit
  -V: print extended version and exit
  -W: display the configuration report and exit
  -d: debug mode with extra verbosity (former -v)
  -c file: specify configuration file
  -t file: check the configuration file syntax and exit
  -T file: check the configuration file doing hooks load and extra checks and exit
  -p number: specify non-standard server port number 1-65535 (useful for testing only)
  -P number: specify non-standard client port number 1-65535 (useful for testing only)
  -X: disables security restrictions
",
        family.digit(),
        crate::version::VERSION
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Request, String> {
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        parse("kea-dhcp6", Family::V6, &arguments)
    }

    #[test]
    fn a_file_to_serve_and_ports_may_be_attached_or_apart() {
        let Ok(Request::Serve(flags)) = read(&["-dc", "a.conf", "-p5547", "-P", "5546"]) else { panic!() };
        assert_eq!(
            (flags.file.as_str(), flags.verbose, flags.port, flags.client_port),
            ("a.conf", true, 5547, Some(5546))
        );
    }

    #[test]
    fn asking_for_the_version_ends_the_reading() {
        assert_eq!(read(&["-v", "-z"]), Ok(Request::Version));
        assert!(matches!(read(&["-X", "-t", "a.conf"]), Ok(Request::Check(Flags { relaxed: true, .. }))));
    }

    #[test]
    fn what_is_wrong_with_the_line_is_said_in_the_words_of_kea() {
        assert_eq!(read(&[]), Err("Configuration file not specified.".to_owned()));
        assert_eq!(read(&["-z"]), Err("kea-dhcp6: invalid option -- 'z'".to_owned()));
        assert_eq!(read(&["-c"]), Err("kea-dhcp6: option requires an argument -- 'c'".to_owned()));
        let complaint = "Failed to parse server port number: [abc], 1-65535 allowed.".to_owned();
        assert_eq!(read(&["-c", "a", "-p", "abc"]), Err(complaint));
        assert!(read(&["-c", "a", "-p", "0"]).is_err());
    }
}
