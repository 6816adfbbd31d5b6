//! Kea's loggers: severities, patterns, outputs and rotation.
