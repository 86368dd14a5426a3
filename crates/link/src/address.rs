//! Where a site can be dialled.

use std::fmt;
use std::str::FromStr;

/// Addresses in one token, join request or registration.
pub const MAX_ADDRESSES: usize = 8;

/// Bytes of one address: the longest name that DNS allows, a colon and a port.
pub const MAX_ADDRESS_BYTES: usize = 253 + 1 + 5;

/// "host:port", where host is a name, an IPv4 address or an IPv6 address in brackets.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(String);

/// A text was not "host:port".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an address: write it as host:port, such as central.example:7443 or [2001:db8::1]:7443")]
pub struct AddressError(String);

impl Address {
    /// The text, as a resolver takes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Address, AddressError> {
        let refused = || AddressError(text.chars().take(MAX_ADDRESS_BYTES).collect());
        let (host, port) = text.rsplit_once(':').ok_or_else(refused)?;
        let digits = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
        let port_fits = digits && port.parse::<u16>().is_ok_and(|port| port != 0);
        if text.len() <= MAX_ADDRESS_BYTES && port_fits && is_host(host) {
            Ok(Address(text.to_owned()))
        } else {
            Err(refused())
        }
    }
}

fn is_host(host: &str) -> bool {
    match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').is_some_and(|ip| ip.parse::<std::net::Ipv6Addr>().is_ok()),
        None => {
            !host.is_empty()
                && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '.' | '_'))
                && !host.starts_with(['-', '.'])
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads the addresses of a message: at most [`MAX_ADDRESSES`].
pub(crate) fn parse_all(texts: &[String]) -> Option<Vec<Address>> {
    if texts.len() > MAX_ADDRESSES {
        return None;
    }
    texts.iter().map(|text| text.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_both_kinds_of_ip_addresses_are_taken() {
        for text in ["central:1", "10.1.2.3:7443", "[::1]:7443", "a.b-c.example:65535", "市局.example:7443"]
        {
            assert_eq!(text.parse::<Address>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn what_cannot_be_dialled_is_refused() {
        for text in
            ["", ":", "central", "central:", ":7443", "central:0", "central:70000", "a b:1", "::1:7443"]
        {
            assert!(text.parse::<Address>().is_err(), "{text:?}");
        }
        assert!("central:+80".parse::<Address>().is_err());
        assert!(format!("{}:1", "a".repeat(300)).parse::<Address>().is_err());
    }
}
