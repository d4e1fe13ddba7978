"""Reading lane files: the shipped five, or a team's own folder of copies."""

from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from workflow.lanes import Lane, LaneError, parse_lane
from workflow.vocabulary import LaneName

Lanes = dict[LaneName, Lane]


@lru_cache
def load_lanes(folder: Path | None = None) -> Lanes:
    """All five lanes. A file in `folder` stands in for the shipped one of the same name. Raises LaneError naming file and key."""
    lanes = {}
    for name in LaneName:
        own = folder / f"{name.value}.yaml" if folder else None
        if own is not None and own.is_file():
            lane, file_name = parse_lane(own.read_text(encoding="utf-8"), str(own)), str(own)
        else:
            file_name = f"{name.value}.yaml"
            lane = parse_lane(files("workflow").joinpath("lane_files", file_name).read_text(encoding="utf-8"), file_name)
        if lane.name is not name:
            raise LaneError(f"{file_name}: name is {lane.name.value}, but the file is that of {name.value}")
        lanes[name] = lane
    return lanes
