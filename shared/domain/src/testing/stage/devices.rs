//! Further devices of the people on a stage, and whom they watch.

use super::{Stage, StageError, device_info};
use crate::Address;
use crate::ports::ConnectionId;
use crate::usecases;
use heliograph_protocol::RequestId;
use heliograph_protocol::http::LinkRequest;
use heliograph_protocol::people::Presence;
use heliograph_protocol::request::PresenceSubscribe;

impl Stage {
    /// Links a further device to a primary one.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn link(&self, primary: &Address) -> Result<Address, StageError> {
        let cx = self.app.context();
        let token = usecases::link_token(&self.app, &cx, primary).await;
        let request = LinkRequest {
            link_token: token
                .map_err(|_| StageError("draw a link token"))?
                .link_token,
            device: device_info(),
        };
        let session = usecases::link(&self.app, &cx, request).await;
        let session = session.map_err(|_| StageError("link"))?;
        let address = usecases::authorize(&self.app, &cx, &session.access_token).await;
        address.map_err(|_| StageError("authorize"))
    }

    /// Subscribes to somebody's presence; answers how they are.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn watch(
        &self,
        by: &Address,
        socket: &ConnectionId,
        to: &Address,
    ) -> Result<Presence, StageError> {
        let request = PresenceSubscribe {
            id: RequestId::from(1),
            user_ids: vec![to.user_id.clone()],
        };
        let connection = (socket, self.clock.read());
        let cx = self.app.context();
        let answer = usecases::presence::subscribe(&self.app, &cx, by, connection, request).await;
        let presence = answer.map_err(|_| StageError("watch"))?.presence;
        presence.into_iter().next().ok_or(StageError("watch"))
    }
}
