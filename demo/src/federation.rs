//! The sites, in folders of one temporary folder, behind lines that can be cut.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use tokio::net::TcpListener;
use yanzhen_site::control::ControlClient;
use yanzhen_site::runtime::{self, Site, Start, projection};
use yanzhen_site::settings::{CommonOverrides, ConsoleListen, Seconds};
use yanzhen_site::{CENTRAL, DataFolder, NODE, Overrides, Program, Settings, TERMINAL};

use crate::line::Line;
use crate::orders;
use crate::places::{CITY, CITY_NAME, PLACES, Place};

/// Seconds between pulses and beats: the demonstration should not have to wait for them.
const PULSE_SECONDS: u64 = 2;

/// All sites, by the codes of their units.
pub struct Federation {
    root: PathBuf,
    members: BTreeMap<&'static str, Member>,
}

/// One site.
pub struct Member {
    program: Program,
    data: PathBuf,
    listen: Option<std::net::SocketAddr>,
    line: Option<Line>,
    site: Option<Site>,
}

impl Federation {
    /// Begins a network in `root` and starts central.
    pub async fn begin(root: &Path) -> Result<Federation> {
        let data = root.join("central");
        let (member, listener) = Member::new(CENTRAL, data.clone()).await?;
        let network = yanzhen_central::NewNetwork {
            name: "云川".to_owned(),
            unit_code: CITY.to_owned(),
            unit_name: CITY_NAME.to_owned(),
        };
        let folder = DataFolder::create(&data)?;
        yanzhen_central::begin(&folder, &network, &member.overrides(), |_| Ok(())).await?;
        let site = yanzhen_central::start(listener.context("central listens")?, member.start()?).await?;
        let members = BTreeMap::from([(CITY, Member { site: Some(site), ..member })]);
        let federation = Federation { root: root.to_owned(), members };
        let mut central = federation.control(CITY).await?;
        orders::import_units(&mut central, crate::places::units_table()).await?;
        Ok(federation)
    }

    /// Invites and joins one bureau and starts its site. Its parent must run.
    pub async fn add(&mut self, place: &'static Place) -> Result<()> {
        let role = if place.program == NODE { "node" } else { "terminal" };
        let token = orders::invite(&mut self.control(CITY).await?, place.code, role).await?;
        let (mut member, listener) = Member::new(place.program, self.root.join(place.code)).await?;
        runtime::join(&place.program, &member.data, &token, &member.overrides()).await?;
        member.run(listener).await?;
        self.members.insert(place.code, member);
        let site = self.site(place.code)?;
        orders::until("the new site knows that its unit is at home with it", async || {
            Ok(site.bureau.home_unit(place.code).is_ok())
        })
        .await
    }

    /// Adds every bureau, parents first.
    pub async fn add_all(&mut self, mut told: impl FnMut(&Place)) -> Result<()> {
        for place in &PLACES {
            told(place);
            self.add(place).await?;
        }
        Ok(())
    }

    /// The running site of a unit.
    pub fn site(&self, code: &str) -> Result<&Site> {
        let member = self.members.get(code).ok_or_else(|| anyhow!("no site for {code}"))?;
        member.site.as_ref().ok_or_else(|| anyhow!("the site of {code} is stopped"))
    }

    /// A connection for commands to the running site of a unit.
    pub async fn control(&self, code: &str) -> Result<ControlClient> {
        let member = self.members.get(code).ok_or_else(|| anyhow!("no site for {code}"))?;
        Ok(ControlClient::connect(&member.program, &member.data).await?)
    }

    /// The line before the site of a unit with children.
    pub fn line(&self, code: &str) -> Result<&Line> {
        let line = self.members.get(code).and_then(|member| member.line.as_ref());
        line.ok_or_else(|| anyhow!("no line leads to {code}"))
    }

    /// Stops a site and starts it again on the same folder and port.
    pub async fn restart(&mut self, code: &str) -> Result<()> {
        let member = self.members.get_mut(code).ok_or_else(|| anyhow!("no site for {code}"))?;
        if let Some(site) = member.site.take() {
            site.stop().await;
        }
        let listener = match member.listen {
            Some(address) => Some(bind_again(address).await?),
            None => None,
        };
        member.run(listener).await
    }

    /// Stops every site, leaves first.
    pub async fn stop(&mut self) {
        for member in self.members.values_mut().rev() {
            if let Some(site) = member.site.take() {
                site.stop().await;
            }
        }
    }

    /// The data folders with their programs, for commands to try.
    pub fn folders(&self) -> impl Iterator<Item = (&'static str, Program, &Path)> {
        self.members.iter().map(|(code, member)| (*code, member.program, member.data.as_path()))
    }
}

impl Member {
    /// Binds a port and lays the line for a site that will have children.
    async fn new(program: Program, data: PathBuf) -> Result<(Member, Option<TcpListener>)> {
        let mut member = Member { program, data, listen: None, line: None, site: None };
        if program == TERMINAL {
            return Ok((member, None));
        }
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        member.listen = Some(address);
        member.line = Some(Line::to(address).await?);
        Ok((member, Some(listener)))
    }

    fn overrides(&self) -> Overrides {
        let advertise = self.line.as_ref().and_then(|line| line.address().to_string().parse().ok());
        Overrides {
            listen: self.listen,
            advertise: advertise.map(|address| vec![address]),
            common: CommonOverrides {
                pulse_seconds: Seconds::new(PULSE_SECONDS),
                beat_seconds: Seconds::new(PULSE_SECONDS),
                // Consoles are opened when the story is told, see `consoles`.
                console_listen: Some(ConsoleListen::Off),
                ..CommonOverrides::default()
            },
        }
    }

    fn start(&self) -> Result<Start> {
        let (folder, record) = DataFolder::open(&self.data, self.program.role)?;
        let settings = Settings::read(&folder.settings(), self.program.role, &self.overrides())?;
        Ok(Start {
            program: self.program,
            lock: folder.lock()?,
            record,
            settings,
            projection: projection(),
            handed: None,
        })
    }

    async fn run(&mut self, listener: Option<TcpListener>) -> Result<()> {
        let start = self.start()?;
        self.site = Some(match listener {
            Some(listener) => yanzhen_node::start(listener, start).await?,
            None => yanzhen_terminal::start(start).await?,
        });
        Ok(())
    }
}

/// The port of a site that has just stopped may be in use for a moment more.
async fn bind_again(address: std::net::SocketAddr) -> Result<TcpListener> {
    const TRIES: u32 = 50;
    const PAUSE: Duration = Duration::from_millis(100);
    for _ in 1..TRIES {
        match TcpListener::bind(address).await {
            Ok(listener) => return Ok(listener),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
    TcpListener::bind(address).await.with_context(|| format!("{address} can't be bound again"))
}
