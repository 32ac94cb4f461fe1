//! The rules, by name.

macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident = $name:literal,)*) => {
        /// A rule for policies. Each has a name, which the error shows and `allow(…)` takes.
        ///
        /// `docs/rules.md` in the repository has an example of each.
        ///
        /// ```
        /// use cors_rules::Rule;
        ///
        /// assert_eq!(Rule::from_name("default_port"), Some(Rule::DefaultPort));
        /// let why = "browsers leave out the default port, and origins are compared byte for byte";
        /// assert_eq!(Rule::DefaultPort.why(), Some(why));
        ///
        /// let can_be_allowed = Rule::ALL.iter().filter(|rule| rule.can_be_allowed());
        /// let names: Vec<&str> = can_be_allowed.map(|rule| rule.name()).collect();
        /// assert_eq!(names, ["insecure_origin_with_credentials", "public_suffix_with_credentials", "unseen_items"]);
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Rule {
            $($(#[$doc])* $rule,)*
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &'static [Self] = &[$(Self::$rule,)*];

            /// The rule's name, in snake case.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$rule => $name,)*
                }
            }
        }
    };
}

rules! {
    /// There are no `origins` and no `policy`, or the list is empty.
    MissingOrigins = "missing_origins",
    /// `example.com`, `//example.com`.
    OriginWithoutScheme = "origin_without_scheme",
    /// A path, a query or a fragment after the origin, even if it is only `/`.
    OriginWithPath = "origin_with_path",
    /// `https://user@example.com`.
    OriginWithUserinfo = "origin_with_userinfo",
    /// Text that is not an origin, because of a character, a label, the host or the scheme.
    InvalidOrigin = "invalid_origin",
    /// A domain in Unicode. Browsers send its Punycode form.
    OriginNotAscii = "origin_not_ascii",
    /// Upper case in the scheme or the host. Browsers send lower case.
    OriginNotLowercase = "origin_not_lowercase",
    /// `https://example.com:443`. Browsers leave the port out.
    DefaultPort = "default_port",
    /// A port that is not 1 to 65535, or has a leading zero.
    InvalidPort = "invalid_port",
    /// An IP address in another form than the one browsers send.
    NoncanonicalIp = "noncanonical_ip",
    /// `null`.
    NullOrigin = "null_origin",
    /// `file://…`.
    FileOrigin = "file_origin",
    /// A `*` that is neither the whole text, nor the whole first label, nor the port. A regular expression.
    MisplacedWildcard = "misplaced_wildcard",
    /// `"*"` beside other origins.
    WildcardAmongOrigins = "wildcard_among_origins",
    /// The same origin twice.
    DuplicateOrigin = "duplicate_origin",
    /// `"*"` with `credentials`.
    WildcardWithCredentials = "wildcard_with_credentials",
    /// With `credentials`, an origin that someone on the network can impersonate.
    InsecureOriginWithCredentials = "insecure_origin_with_credentials",
    /// With `credentials`, all names under a domain where anyone can register.
    PublicSuffixWithCredentials = "public_suffix_with_credentials",
    /// A method that is not an HTTP token.
    InvalidMethod = "invalid_method",
    /// A method that browsers do not let script send.
    ForbiddenMethod = "forbidden_method",
    /// `patch`, `Get`.
    MethodNotUppercase = "method_not_uppercase",
    /// The same method twice.
    DuplicateMethod = "duplicate_method",
    /// A method that the handler's route does not serve.
    MethodNotRouted = "method_not_routed",
    /// `"*"` among the methods of a handler or a module, or beside other methods.
    WildcardMethod = "wildcard_method",
    /// A header name that is not an HTTP token.
    InvalidHeader = "invalid_header",
    /// A request header that script cannot set.
    ForbiddenHeader = "forbidden_header",
    /// A response header of the CORS protocol among the request headers, or the reverse.
    MisplacedHeader = "misplaced_header",
    /// The same header twice. Upper and lower case are the same.
    DuplicateHeader = "duplicate_header",
    /// `"*"` beside a header other than `authorization`.
    WildcardAmongHeaders = "wildcard_among_headers",
    /// A response header that script cannot read.
    ForbiddenExposedHeader = "forbidden_exposed_header",
    /// `"*"` among the exposed headers, with `credentials`.
    WildcardExposedWithCredentials = "wildcard_exposed_with_credentials",
    /// `"*"` beside other exposed headers.
    WildcardAmongExposedHeaders = "wildcard_among_exposed_headers",
    /// A `max_age` that is not a whole number of seconds from 0 to 86400.
    InvalidMaxAge = "invalid_max_age",
    /// `enforce`, although every origin is allowed.
    PointlessEnforce = "pointless_enforce",
    /// An `allow(…)` that changes nothing.
    UnneededAllow = "unneeded_allow",
    /// A key that does not exist.
    UnknownKey = "unknown_key",
    /// The same key twice.
    DuplicateKey = "duplicate_key",
    /// A value of the wrong kind.
    WrongValue = "wrong_value",
    /// The attribute on an item that it does not apply to, or below the route attribute.
    MisplacedAttribute = "misplaced_attribute",
    /// A route attribute that the macro cannot read completely.
    UnreadableRoute = "unreadable_route",
    /// In a module with a policy, an item that may contain handlers that the attribute cannot see.
    UnseenItems = "unseen_items",
    /// A handler whose named policy leaves none of the route's methods.
    NoMethodsLeft = "no_methods_left",
}

impl Rule {
    /// The rule of that name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.name() == name)
    }

    /// Whether `allow(…)` can switch the rule off.
    #[must_use]
    pub const fn can_be_allowed(self) -> bool {
        matches!(
            self,
            Self::InsecureOriginWithCredentials
                | Self::PublicSuffixWithCredentials
                | Self::UnseenItems
        )
    }

    /// The reason for the rule in one sentence, unless the error itself is the reason.
    #[must_use]
    pub const fn why(self) -> Option<&'static str> {
        Some(match self {
            Self::OriginWithPath => {
                "browsers send the origin alone, so this text would never match"
            }
            Self::OriginNotAscii => {
                "browsers send the Punycode form of a domain, and origins are compared byte for byte"
            }
            Self::OriginNotLowercase => {
                "browsers send lower case, and origins are compared byte for byte"
            }
            Self::DefaultPort => {
                "browsers leave out the default port, and origins are compared byte for byte"
            }
            Self::NoncanonicalIp => {
                "browsers send one form of an IP address, and origins are compared byte for byte"
            }
            Self::NullOrigin => {
                "any site can make a sandboxed page, so every site would be allowed"
            }
            Self::FileOrigin => {
                "browsers send `null` for a page from a file, as for any sandboxed page"
            }
            Self::WildcardWithCredentials => {
                "browsers refuse the combination, and echoing every origin instead would let any site act as the user"
            }
            Self::InsecureOriginWithCredentials => {
                "anyone on the user's network can serve a page from such an origin, and act as the user"
            }
            Self::PublicSuffixWithCredentials => {
                "anyone can register a name there, and a page on it could act as the user"
            }
            Self::MethodNotUppercase => {
                "method names are case-sensitive, and browsers change only some to upper case"
            }
            Self::WildcardExposedWithCredentials => {
                "with credentials, browsers read `*` as the name of a header"
            }
            Self::UnseenItems => {
                "a handler there would have no policy, or the policy of a layer around the app"
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_found_by_its_name() {
        for &rule in Rule::ALL {
            assert_eq!(Rule::from_name(rule.name()), Some(rule));
            let variant = rule
                .name()
                .split('_')
                .map(|word| word[..1].to_uppercase() + &word[1..]);
            assert_eq!(variant.collect::<String>(), format!("{rule:?}"));
        }
        assert_eq!(Rule::from_name("no_such_rule"), None);
    }
}
