//! Until all tests are one program.
mod migrations;
