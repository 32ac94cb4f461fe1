//! Until the tests are one program.
#[path = "it"]
mod it {
    pub mod browser {
        pub mod engine;
        pub mod marionette;
        #[path = "../../browser/process.rs"]
        pub mod process;
    }
    pub mod engines;
}
