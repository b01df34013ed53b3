"""The watch function: check every hour that series get readings and that events are sent."""
