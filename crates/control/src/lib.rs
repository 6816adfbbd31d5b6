//! JSON between programs: commands, answers, channels, authentication.
