//! The API's data, in memory.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};

pub(crate) struct Shop(Mutex<BTreeMap<u32, Item>>);

#[derive(Clone, Serialize)]
pub(crate) struct Item {
    pub(crate) name: String,
    pub(crate) edited_by: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Change {
    pub(crate) name: String,
}

impl Shop {
    pub(crate) fn stocked() -> Self {
        let item = |name: &str| Item {
            name: name.to_owned(),
            edited_by: None,
        };
        Self(Mutex::new(BTreeMap::from([
            (1, item("lamp")),
            (2, item("kettle")),
            (3, item("globe")),
        ])))
    }

    /// Another shop with the same items. A change in one does not change the other.
    pub(crate) fn copy(&self) -> Self {
        Self(Mutex::new(self.items().clone()))
    }

    pub(crate) fn items(&self) -> MutexGuard<'_, BTreeMap<u32, Item>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
