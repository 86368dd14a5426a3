//! A running central.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::net::TcpListener;
use tonic::Status;
use yanzhen_link::Admit;
use yanzhen_link::tls::Peer;
use yanzhen_proto::v1 as proto;
use yanzhen_site::Failure;
use yanzhen_site::control::central_administration;
use yanzhen_site::runtime::{Site, Start};

use crate::admission::Gate;
use crate::commands::Commands;

/// Starts central on a bound listener.
pub async fn start(listener: TcpListener, start: Start) -> Result<Site, Failure> {
    let listening = listener.local_addr();
    let listening =
        listening.map_err(|error| Failure::failed("the listening address is not known").why(error))?;
    let advertised = start.settings.advertised(listening);
    if let Some(warning) = &advertised.warning {
        tracing::warn!("{warning}");
    }
    let site = Site::open(start).await?;
    let gate = Arc::new(Gate::new(site.store.clone(), site.record.genesis.clone()));
    site.listen(listener, Arc::new(Door(gate)));
    site.pulse();
    let commands = Commands::new(site.clone(), advertised.addresses);
    let site = site.governed_by(Arc::new(commands.clone()));
    site.show_console().await;
    site.beat();
    site.take_commands(|routes| routes.add_service(central_administration(commands))).await?;
    tracing::info!(%listening, "central is up");
    Ok(site)
}

/// Where requests to join arrive.
struct Door(Arc<Gate>);

impl Admit for Door {
    fn join(
        &self,
        request: proto::JoinRequest,
        via: Peer,
    ) -> BoxFuture<'_, Result<proto::JoinReply, Status>> {
        async move { self.0.admit(&request, &via).await }.boxed()
    }
}
