# The portal's image: the web server, the workers, beat and the commands all run from it.
FROM python:3.12-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1

RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
       fonts-dejavu-core fonts-droid-fallback \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home portal

WORKDIR /portal
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock

COPY . .
# Hashing the static files needs settings, and none of them a real one.
RUN DATABASE_URL=postgres://none@none/none REDIS_URL=redis://none EMAIL_URL=smtp://none \
    STORAGE_URL=file:///none PORTAL_URL=http://localhost \
    PORTAL_SECRET_KEY=only-while-the-image-is-built-0123456789-abcdefghijklmnop \
    python manage.py collectstatic --noinput \
    && install -d -o portal -g portal -m 0700 /files

USER portal
EXPOSE 8000
CMD ["gunicorn", "compliance_portal.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "2", "--threads", "4", "--timeout", "120", "--no-control-socket"]
