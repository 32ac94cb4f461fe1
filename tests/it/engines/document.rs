//! The table as a page of the documentation.
