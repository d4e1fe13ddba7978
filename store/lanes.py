"""Reading lane files: the shipped five, or a team's own folder of copies."""

from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from workflow.lane_file import parse_lane
from workflow.lanes import Lane, LaneError
from workflow.vocabulary import LaneName

Lanes = dict[LaneName, Lane]


def lane_path(name: LaneName, folder: Path | None = None) -> Path:
    """The file that is in force for a lane: that of `folder` where there is one, else the shipped one."""
    own = folder / f"{name.value}.yaml" if folder else None
    return own if own is not None and own.is_file() else Path(str(files("workflow"))) / "lane_files" / f"{name.value}.yaml"


@lru_cache
def load_lanes(folder: Path | None = None) -> Lanes:
    """All five lanes. A file in `folder` stands in for the shipped one of the same name. Raises LaneError naming file, line and key."""
    lanes = {}
    for name in LaneName:
        path = lane_path(name, folder)
        lane = parse_lane(path.read_bytes(), str(path))
        if lane.name is not name:
            raise LaneError(f"{path}: name is {lane.name.value}, but the file is that of {name.value}")
        lanes[name] = lane
    return lanes
