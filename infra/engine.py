"""Starting and stopping the local engine (ministack), with the cures that it needs.

It saves on SIGTERM only, so it is stopped by its process id and waited for; its temporary directory is emptied before each start.
"""

import json
import os
import shutil
from pathlib import Path
from typing import Final

from infra.place import ACCOUNT, ENGINE_PYTHON, REGION, ROOT, Place
from infra.processes import LocalStackFailed

KEPT_VARIABLES: Final = ("PATH", "HOME", "LANG", "LC_ALL", "SSL_CERT_FILE", "SMTP_HOST")
"""Functions inherit the engine's environment, so it gets little of ours. `SMTP_HOST` names a mail catcher, as host:port."""
STREAM_POSITIONS: Final = "dynamodb_stream_positions"


def start(place: Place) -> None:
    """Start the engine on loopback with policies enforced and everything kept in the state directory."""
    if place.engine.pid() is not None:
        return
    if not ENGINE_PYTHON.exists():
        message = "The local engine is not installed. Run `make setup` first."
        raise LocalStackFailed(message)
    kept = place.state / "engine"
    temporary = kept / "tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    forget_stream_positions(kept / "state")
    settings = {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(place.engine_port),
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_HOST": "127.0.0.1",
        "AUTH": "true",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(kept / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(kept / "objects"),
        "TMPDIR": str(temporary),
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "DOCKER_HOST": f"unix://{temporary}/none.sock",
    }
    inherited = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    place.engine.start([str(ENGINE_PYTHON), "-m", "ministack"], inherited | settings, ROOT)


def forget_stream_positions(state: Path) -> None:
    """Let the stream readers begin anew.

    The engine keeps how far each reader came but not the records, so after a restart readers would wait beyond the end for ever.
    What was not read yet lies in the outbox still, and the schedule re-drives it.
    """
    saved = state / "lambda.json"
    if saved.exists():
        content = json.loads(saved.read_text())
        content["payload"].pop(STREAM_POSITIONS, None)
        saved.write_text(json.dumps(content))
