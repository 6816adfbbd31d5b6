//! Scenarios, the simulator and the differential runner.
