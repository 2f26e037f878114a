//! The ports on AWS, against an in-memory DynamoDB and stubs that speak HTTP.
//!
//! `deploy/dynoxide.sh` installs the DynamoDB (`HELIOGRAPH_TEST_DYNAMODB_ENDPOINT` names another).

mod contract;
mod credentials;
mod faults;
mod ports;
mod support;
