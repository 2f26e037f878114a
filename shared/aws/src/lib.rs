//! Heliograph's ports on AWS: the only place that depends on its SDK.
#![deny(missing_docs)]
