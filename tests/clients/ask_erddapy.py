"""Ask the API with erddapy and print what it returns as JSON. Runs in an environment of its own."""

import json
import sys
from typing import Any

import pandas
import requests
from erddapy import ERDDAP
from erddapy.multiple_server_search import advanced_search_servers, search_servers

READINGS, MONTHLY = "marmenor_temperature", "marmenor_temperature_monthly"


def ask(address: str) -> dict[str, Any]:
    """Return the results by question."""
    server = f"{address}/erddap"

    def client(dataset: str, *variables: str, **constraints: Any) -> ERDDAP:
        erddap = ERDDAP(server=server, protocol="tabledap", response="csv")
        erddap.dataset_id = dataset
        erddap.variables = list(variables)
        names = {"first": "time>=", "last": "time<=", "file": "file=", "mean": "mean>="}
        erddap.constraints = {names[name]: value for name, value in constraints.items()}
        return erddap

    december = client(READINGS, "time", "mean", "deviation", first="2022-12-01", last="2022-12-31")
    frame = december.to_pandas(index_col="time (UTC)", parse_dates=True)
    dataset = december.to_xarray()
    file = december.to_ncCF()
    months = client(MONTHLY).to_xarray(decode_timedelta=False)
    catalog = ERDDAP(server=server, protocol="tabledap")
    advanced = catalog.get_search_url(
        response="csv", search_for="monthly", standard_name="sea_water_temperature",
        min_time="2023-01-01", max_time="2023-02-01", min_lat=37, max_lat=38,
    )  # fmt: skip
    return {
        "pandas": {
            "columns": list(frame.columns),
            "times": [time.isoformat() for time in frame.index],
            "means": [repr(float(mean)) for mean in frame["mean (degree_Celsius)"]],
        },
        "xarray": {
            "dims": dict(dataset.sizes),
            "coordinates": sorted(map(str, dataset.coords)),
            "times": [str(time)[:10] for time in dataset["time"].values],
            "means": [repr(float(mean)) for mean in dataset["mean"].values],
            "station": dataset["station"].values.item(),
            "units": dataset["mean"].attrs["units"],
        },
        "ncCF": {
            "feature_type": file.featureType,
            "size": int(file["rowSize"][0]),
            "sample_dimension": file["rowSize"].sample_dimension,
        },
        "months": {
            name: [repr(float(value)) for value in months[name].values]
            for name in ("temp", "sd", "maxdiff", "readings", "qc_flag")
        },
        "by_attribute": {
            "standard_name": sorted(
                december.get_var_by_attr(READINGS, standard_name="sea_water_temperature")
            ),
            "axis": sorted(
                december.get_var_by_attr(READINGS, axis=lambda axis: axis in list("XYZT"))
            ),
            "flags": sorted(
                december.get_var_by_attr(MONTHLY, flag_meanings=lambda text: bool(text))
            ),
        },
        "info": sorted(pandas.read_csv(december.get_info_url(response="csv"))["Row Type"].unique()),
        "all": list(pandas.read_csv(catalog.get_info_url(response="csv"))["Dataset ID"]),
        "search": list(
            pandas.read_csv(catalog.get_search_url(response="csv", search_for="lagoon -monthly"))[
                "Dataset ID"
            ]
        ),
        "advanced": list(pandas.read_csv(advanced)["Dataset ID"]),
        "servers": list(
            search_servers("water temperature", servers_list=[f"{server}/"])["Dataset ID"]
        ),
        "advanced_servers": list(
            advanced_search_servers(
                servers_list=[f"{server}/"], search_for="monthly", protocol="tabledap"
            )["Dataset ID"]
        ),
        "distinct": client(READINGS, "station", "file").to_pandas(distinct=True).values.tolist(),
        "relative": len(client(READINGS, "time", first="now-7days").to_pandas()),
        "latest": len(client(READINGS, "time", first="max(time)-7days").to_pandas()),
        "text": len(client(READINGS, "time", file="recent.csv").to_pandas()),
        "no_data": fails(client(READINGS, "time", mean=99)),
        "no_data_netcdf": fails(client(READINGS, "time", mean=99), "to_xarray"),
        "unknown": fails(client(READINGS, "nothing")),
        "download": client(READINGS, "time", "mean").download_file("nc").stat().st_size,
    }


def fails(erddap: ERDDAP, method: str = "to_pandas") -> str:
    """Return the text of the error that a request raises."""
    try:
        getattr(erddap, method)()
    except requests.exceptions.HTTPError as error:
        return str(error)
    return ""


if __name__ == "__main__":
    json.dump(ask(sys.argv[1]), sys.stdout)
