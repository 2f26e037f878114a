//! Files put into a store and got from it, over HTTP and with what goes wrong there.

#[cfg(test)]
mod app;
#[cfg(test)]
mod downloads;
#[cfg(test)]
mod queue;
#[cfg(test)]
mod ranges;
#[cfg(test)]
mod store;
#[cfg(test)]
mod uploads;
