//! The features Kea ships as hook libraries.
