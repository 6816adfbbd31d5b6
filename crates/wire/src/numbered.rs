//! Message types as both protocols have them: a number on the wire, and the name logs use.

/// Gives a message type what it reads off its table of number, type and name: the number, the name, and the way back.
///
/// The type has a variant `Other(u8)` for numbers that are not in the table.
macro_rules! numbered {
    ($kind:ident, $table:ident) => {
        impl $kind {
            /// Reads the type off its number.
            pub fn from_number(number: u8) -> Self {
                $table.iter().find(|(n, _, _)| *n == number).map_or(Self::Other(number), |(_, kind, _)| *kind)
            }

            /// Gives the number on the wire.
            pub fn number(self) -> u8 {
                if let Self::Other(number) = self {
                    return number;
                }
                $table.iter().find(|(_, kind, _)| *kind == self).map_or(0, |(number, _, _)| *number)
            }

            /// Gives the name that logs use; `UNKNOWN` for a number without one.
            pub fn name(self) -> &'static str {
                $table.iter().find(|(_, kind, _)| *kind == self).map_or("UNKNOWN", |(_, _, name)| name)
            }

            /// Reads the type off its name in logs, as [`Self::name`] gives it.
            pub fn from_name(name: &str) -> Option<Self> {
                $table.iter().find(|(_, _, n)| *n == name).map(|(_, kind, _)| *kind)
            }
        }

        impl std::fmt::Display for $kind {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

pub(crate) use numbered;
