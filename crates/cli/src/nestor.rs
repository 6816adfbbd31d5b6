//! What `nestor` does with its command line.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use lexopt::{Arg, Parser, ValueExt};
use model::Family;

use crate::usage::{self, Verb};
use crate::{check, crash, demo, explain};

/// A command line that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Task {
    Help(Option<Verb>),
    Version,
    Demo(demo::Options),
    Crash(crash::Options),
    Check(PathBuf),
    Explain(Box<explain::Asked>),
}

/// Runs the tool; `arguments` without the program's name.
pub fn main(arguments: impl Iterator<Item = OsString>, out: &mut dyn Write, err: &mut dyn Write) -> ExitCode {
    let arguments: Vec<OsString> = arguments.collect();
    let verb = arguments.first().and_then(|word| word.to_str()).and_then(Verb::of);
    let task = match parse(arguments, verb) {
        Ok(task) => task,
        Err(error) => return failed(err, &format!("{error}\n\n{}", usage::text(verb))),
    };
    let done = match task {
        Task::Help(verb) => out.write_all(usage::text(verb).as_bytes()).map(|()| true),
        Task::Version => writeln!(out, "nestor {}", env!("CARGO_PKG_VERSION")).map(|()| true),
        Task::Demo(options) => demo::run(&options, out),
        Task::Crash(options) => crash::run(&options, out),
        Task::Check(file) => check::run(&file, out),
        Task::Explain(asked) => explain::run(&asked, out),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => failed(err, &error.to_string()),
    }
}

fn failed(err: &mut dyn Write, text: &str) -> ExitCode {
    // Where even the error stream is closed, the exit code still tells.
    drop(writeln!(err, "nestor: {}", text.trim_end()));
    ExitCode::FAILURE
}

fn parse(arguments: Vec<OsString>, verb: Option<Verb>) -> Result<Task, lexopt::Error> {
    let asks_for_help = |word: &OsString| word == "--help" || word == "-h";
    if verb.is_some() && arguments.iter().skip(1).any(asks_for_help) {
        return Ok(Task::Help(verb));
    }
    let mut parser = Parser::from_args(arguments);
    let word = parser.next()?;
    match (word, verb) {
        (Some(Arg::Value(_)), Some(Verb::Demo)) => demo_of(parser).map(Task::Demo),
        (Some(Arg::Value(_)), Some(Verb::CrashTest)) => crash_of(parser).map(Task::Crash),
        (Some(Arg::Value(_)), Some(Verb::Check)) => {
            let file = parser.value()?;
            parser.next()?.map_or(Ok(Task::Check(file.into())), |more| Err(more.unexpected()))
        }
        (Some(Arg::Value(_)), Some(Verb::Explain)) => {
            let mut input = || std::io::read_to_string(std::io::stdin().lock());
            explain::read(parser, &mut input).map(|asked| Task::Explain(Box::new(asked)))
        }
        (None | Some(Arg::Long("help") | Arg::Short('h')), _) => Ok(Task::Help(None)),
        (Some(Arg::Long("version") | Arg::Short('V')), _) => Ok(Task::Version),
        (Some(Arg::Value(word)), None) if word == "help" => match parser.next()? {
            None => Ok(Task::Help(None)),
            Some(Arg::Value(word)) => {
                let verb = word.to_str().and_then(Verb::of);
                verb.map(|verb| Task::Help(Some(verb))).ok_or_else(|| Arg::Value(word).unexpected())
            }
            Some(other) => Err(other.unexpected()),
        },
        (Some(other), _) => Err(other.unexpected()),
    }
}

fn demo_of(mut parser: Parser) -> Result<demo::Options, lexopt::Error> {
    let mut options = demo::Options::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("for") => options.limit = Some(Duration::from_secs(parser.value()?.parse()?)),
            Arg::Long("once") => options.once = true,
            Arg::Long("server") => options.servers.push(PathBuf::from(parser.value()?)),
            Arg::Long(_) | Arg::Short(_) | Arg::Value(_) => return Err(argument.unexpected()),
        }
    }
    Ok(options)
}

fn crash_of(mut parser: Parser) -> Result<crash::Options, lexopt::Error> {
    let mut options = crash::Options::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('4') => options.families = vec![Family::V4],
            Arg::Short('6') => options.families = vec![Family::V6],
            Arg::Long("kills") => options.kills = parser.value()?.parse()?,
            Arg::Long("clients") => options.clients = parser.value()?.parse()?,
            Arg::Long("server") => options.servers.push(PathBuf::from(parser.value()?)),
            Arg::Long(_) | Arg::Short(_) | Arg::Value(_) => return Err(argument.unexpected()),
        }
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Task, lexopt::Error> {
        let words: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        let verb = words.first().and_then(|word| word.to_str()).and_then(Verb::of);
        parse(words, verb)
    }

    #[test]
    fn the_demonstration_takes_a_time_and_a_server() {
        let options =
            demo::Options { limit: Some(Duration::from_secs(5)), once: true, servers: vec!["/sbin/x".into()] };
        assert_eq!(read("demo --for 5 --once --server /sbin/x").unwrap(), Task::Demo(options));
    }

    #[test]
    fn an_unknown_word_is_refused_and_no_word_is_a_call_for_help() {
        assert!(read("demmo").is_err());
        assert!(read("check").is_err() && read("check a b").is_err());
        assert_eq!(read("check a").unwrap(), Task::Check("a".into()));
        assert!(read("demo --fro 5").is_err());
        assert_eq!(read("").unwrap(), Task::Help(None));
    }

    #[test]
    fn help_is_given_for_each_command_wherever_it_is_asked_for() {
        for verb in ["demo", "crash-test", "check", "explain"] {
            let wanted = Task::Help(Verb::of(verb));
            for line in ["--help", "-h", "--nonsense -h"] {
                assert_eq!(read(&format!("{verb} {line}")).unwrap(), wanted);
            }
            assert_eq!(read(&format!("help {verb}")).unwrap(), wanted);
            assert!(usage::text(Verb::of(verb)).contains(&format!("usage: nestor {verb}")));
            assert!(usage::text(None).contains(&format!(" nestor {verb}")));
        }
        assert_eq!(read("help").unwrap(), Task::Help(None));
        assert!(read("help demmo").is_err() && read("help --demo").is_err());
    }
}
