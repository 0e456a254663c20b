# Airflow with this project: one image for every process, on one machine or on many.
FROM apache/airflow:3.3.2

# Packages that the image lacks. Those that it has keep the versions that Airflow was released with.
COPY deploy/requirements.txt /opt/airflow/deploy/
RUN pip install --no-cache-dir "apache-airflow==${AIRFLOW_VERSION}" \
    --requirement /opt/airflow/deploy/requirements.txt --constraint "${HOME}/constraints.txt"

COPY --chown=airflow:0 pyproject.toml README.md LICENSE /opt/airflow/
COPY --chown=airflow:0 deploy/webserver_config.py /opt/airflow/
COPY --chown=airflow:0 deploy/prepare.py deploy/ping_worker.py /opt/airflow/deploy/
COPY --chown=airflow:0 plugins /opt/airflow/plugins
COPY --chown=airflow:0 include /opt/airflow/include
COPY --chown=airflow:0 dags /opt/airflow/dags
# Editable, so that the DAG files, the demo and the package are one tree. `pip check` fails if requirements conflict.
RUN pip install --no-cache-dir --no-deps --editable /opt/airflow && pip check && mkdir -m 775 /opt/airflow/.demo
