//! Heliograph on one machine.
