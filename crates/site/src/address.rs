//! Where a site tells its children to dial it.

use std::net::{IpAddr, SocketAddr};

pub use yanzhen_link::Address;
pub use yanzhen_link::address::AddressError;

/// Addresses for invitations and registrations, with what is wrong with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advertised {
    /// In the order in which they are tried.
    pub addresses: Vec<Address>,
    /// For people, when other machines can't reach them.
    pub warning: Option<String>,
}

/// The addresses of a site that listens at `listen`: those of the settings, or one made from the listening
/// address and the machine's host name. `listen` must have its real port, not 0.
pub fn advertised(settings: &[Address], listen: SocketAddr) -> Advertised {
    let host_name = gethostname::gethostname().to_string_lossy().into_owned();
    choose(settings, listen, &host_name, resolve)
}

fn resolve(host: &str) -> Vec<IpAddr> {
    use std::net::ToSocketAddrs;
    let found = (host, 0).to_socket_addrs();
    found.map(|addresses| addresses.map(|address| address.ip()).collect()).unwrap_or_default()
}

fn choose(
    settings: &[Address],
    listen: SocketAddr,
    host_name: &str,
    resolve: impl Fn(&str) -> Vec<IpAddr>,
) -> Advertised {
    const ADVICE: &str = "set `advertise` in settings.toml to a name or address that they can reach";
    if !settings.is_empty() {
        return Advertised { addresses: settings.to_vec(), warning: None };
    }
    if !listen.ip().is_unspecified() {
        let warning = listen.ip().is_loopback().then(|| {
            format!("{listen} can be reached from this machine only; for sites on others set `listen` to 0.0.0.0:{}", listen.port())
        });
        return Advertised { addresses: address(&listen.to_string()).into_iter().collect(), warning };
    }
    let Some(address) = address(&format!("{host_name}:{}", listen.port())) else {
        let warning =
            format!("this machine's host name {host_name:?} is no address for other machines; {ADVICE}");
        return Advertised { addresses: Vec::new(), warning: Some(warning) };
    };
    let found = resolve(host_name);
    let warning = if found.is_empty() {
        Some(format!(
            "the host name {host_name} has no address; other machines can't reach {address}; {ADVICE}"
        ))
    } else if found.iter().all(IpAddr::is_loopback) {
        Some(format!(
            "the host name {host_name} means this machine itself (loopback); other machines may not \
                      reach {address}; {ADVICE}"
        ))
    } else {
        None
    };
    Advertised { addresses: vec![address], warning }
}

fn address(text: &str) -> Option<Address> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(settings: &[&str], listen: &str, resolved: &[&str]) -> (Vec<String>, bool) {
        let settings: Vec<Address> = settings.iter().map(|text| text.parse().unwrap()).collect();
        let resolved: Vec<IpAddr> = resolved.iter().map(|ip| ip.parse().unwrap()).collect();
        let made = choose(&settings, listen.parse().unwrap(), "hub", |_| resolved.clone());
        (made.addresses.iter().map(Address::to_string).collect(), made.warning.is_some())
    }

    fn of(text: &str) -> Vec<String> {
        vec![text.to_owned()]
    }

    #[test]
    fn what_the_settings_say_is_taken_as_it_is() {
        assert_eq!(chosen(&["a.example:1"], "127.0.0.1:2", &[]), (of("a.example:1"), false));
    }

    #[test]
    fn a_listening_address_of_its_own_is_advertised() {
        assert_eq!(chosen(&[], "10.0.0.5:7443", &[]), (of("10.0.0.5:7443"), false));
        assert_eq!(chosen(&[], "[2001:db8::1]:7443", &[]), (of("[2001:db8::1]:7443"), false));
    }

    #[test]
    fn the_host_name_stands_for_all_addresses_of_the_machine() {
        assert_eq!(chosen(&[], "0.0.0.0:7443", &["10.0.0.5"]), (of("hub:7443"), false));
    }

    #[test]
    fn what_others_cannot_reach_is_warned_of() {
        assert_eq!(chosen(&[], "127.0.0.1:7443", &[]), (of("127.0.0.1:7443"), true));
        assert_eq!(chosen(&[], "0.0.0.0:7443", &["127.0.1.1"]), (of("hub:7443"), true));
        assert_eq!(chosen(&[], "0.0.0.0:7443", &[]), (of("hub:7443"), true));
    }
}
