//! The program `cors-tester`, run as users run it, against servers on this machine.

mod audit;
mod documentation;
mod hostile;
mod nginx;
mod peers;
mod run;
mod servers;
mod terminal;
mod tls;
